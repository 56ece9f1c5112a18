/**
 * The lesson that a reader has read last: JupyterLab opens with it.
 *
 * @module
 */
import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import type { Lesson, Lessons } from "./lesson-list";

const SETTING = "lesson";

export class LastLesson {
  readonly #settings: ISettingRegistry;
  readonly #plugin: string;
  #name = "";

  /** @param plugin whose setting it is */
  constructor(settings: ISettingRegistry, plugin: string) {
    this.#settings = settings;
    this.#plugin = plugin;
  }

  /** Notes that this lesson is being read. */
  note(lesson: Lesson | undefined): void {
    if (!lesson || lesson.name === this.#name) return;
    this.#name = lesson.name;
    void this.#settings.set(this.#plugin, SETTING, this.#name);
  }

  /** The one that was noted last, if it is among these. */
  async among(lessons: Lessons): Promise<Lesson | undefined> {
    const { composite } = await this.#settings.get(this.#plugin, SETTING);
    return lessons.named(String(composite));
  }
}
