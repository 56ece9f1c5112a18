/**
 * What JupyterLab gets from this project, a plugin for each subject.
 *
 * @module
 */

import { typescriptLanguage } from "@codemirror/lang-javascript";
import { HighlightStyle, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { ILabShell, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import { PageConfig } from "@jupyterlab/coreutils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { DirListing, IDefaultFileBrowserRenderer } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { LabIcon } from "@jupyterlab/ui-components";
import { tags } from "@lezer/highlight";
import { Menu } from "@lumino/widgets";
import logo from "../kernel/logo/logo-svg.svg";
import { Desk } from "./desk";
import { LastLesson } from "./last-lesson";
import lessonIcon from "./lesson.svg";
import { heading, ILessons, type Lesson, type Lessons, readLessons } from "./lesson-list";
import { describePictures } from "./pictures";

const OPEN = "lessons:open";

const lessons: JupyterFrontEndPlugin<Lessons, []> = {
  id: `${NAME}:list`,
  description: "Asks the server for the lessons.",
  autoStart: true,
  provides: ILessons,
  activate: readLessons,
};

const opening: JupyterFrontEndPlugin<
  void,
  [
    Lessons,
    ILabShell,
    IDocumentManager,
    ISettingRegistry,
    ILauncher,
    IMainMenu,
    IRenderMimeRegistry,
  ]
> = {
  // The settings have its name.
  id: `${NAME}:lessons`,
  description: "Opens lessons from the launcher, the menu and links, a pair side by side.",
  autoStart: true,
  requires: [
    ILessons,
    ILabShell,
    IDocumentManager,
    ISettingRegistry,
    ILauncher,
    IMainMenu,
    IRenderMimeRegistry,
  ],
  activate({ commands, restored }, known, shell, documents, settings, launcher, menus, registry) {
    const desk = new Desk(shell, documents);
    const icon = new LabIcon({ name: `${NAME}:lesson`, svgstr: lessonIcon });
    commands.addCommand<{ lesson?: string }>(OPEN, {
      label: ({ lesson }) => {
        const found = known.named(lesson ?? "");
        return found ? heading(found) : "Open a Lesson";
      },
      icon,
      execute: ({ lesson }) => {
        const found = known.named(lesson ?? "");
        if (!found) throw new Error(`There is no lesson ${lesson}`);
        desk.show(found.notebooks);
      },
    });
    const menu = new Menu({ commands });
    menu.title.label = "Lessons";
    for (const [rank, { name }] of known.all.entries()) {
      const item = { command: OPEN, args: { lesson: name } };
      menu.addItem(item);
      launcher.add({ ...item, category: "Lessons", rank, categoryRank: -1 });
    }
    // After those of a notebook, which end with "Kernel".
    menus.addMenu(menu, true, { rank: 6 });
    linkNotebooks(registry, (link, path, fragment) => {
      const lesson = fragment ? undefined : known.of(path);
      if (lesson) desk.show(lesson.notebooks);
      else desk.follow(link, path, fragment);
    });

    const last = new LastLesson(settings, opening.id);
    shell.currentChanged.connect((_, { newValue }) => {
      const path = newValue && documents.contextForWidget(newValue)?.path;
      last.note(path ? known.of(path) : undefined);
    });
    void restored.then(async () => {
      if (!desk.isEmpty() || PageConfig.getOption("treePath")) return;
      const lesson: Lesson | undefined = (await last.among(known)) ?? known.all[0];
      if (!lesson) return;
      shell.collapseLeft();
      desk.show(lesson.notebooks);
    });
  },
};

/** Has `follow` be called for each link to a notebook that a reader clicks on. */
function linkNotebooks(
  { linkHandler }: IRenderMimeRegistry,
  follow: (link: HTMLElement, path: string, fragment: string) => void,
): void {
  if (!linkHandler) return;
  const handleLink = linkHandler.handleLink.bind(linkHandler);
  linkHandler.handleLink = (link, path, fragment) => {
    if (!path.endsWith(".ipynb")) return handleLink(link, path, fragment);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      follow(link, path, fragment);
    });
  };
}

const tabs: JupyterFrontEndPlugin<void, [Lessons, INotebookTracker]> = {
  id: `${NAME}:tabs`,
  description: "Shows in a tab first what tells its notebook from others.",
  autoStart: true,
  requires: [ILessons, INotebookTracker],
  activate(_, known, tracker) {
    // The label itself is the name of the file: JupyterLab renames the file when the label changes.
    tracker.widgetAdded.connect((_, { context, title }) => {
      const name = () => {
        const { lesson: _, ...others } = title.dataset;
        const label = known.label(context.path);
        title.dataset = label ? { ...others, lesson: label } : others;
      };
      name();
      context.pathChanged.connect(name);
    });
  },
};

const files: JupyterFrontEndPlugin<DirListing.Renderer, [Lessons]> = {
  id: `${NAME}:files`,
  description: "Shows the same in the list of files.",
  autoStart: true,
  requires: [ILessons],
  provides: IDefaultFileBrowserRenderer,
  activate(_, known) {
    return new (class extends DirListing.Renderer {
      override updateItemNode(...given: Parameters<DirListing.Renderer["updateItemNode"]>) {
        super.updateItemNode(...given);
        const [node, { path }] = given;
        const label = known.label(path);
        const { dataset } = this.getNameNode(node);
        if (label) dataset.lesson = label;
        else delete dataset.lesson;
      }
    })();
  },
};

const typescript: JupyterFrontEndPlugin<void, [IEditorLanguageRegistry, ILauncher, IMainMenu]> = {
  id: `${NAME}:typescript`,
  description: "TypeScript's grammar with what is new in it, and new files of TypeScript.",
  autoStart: true,
  requires: [IEditorLanguageRegistry, ILauncher, IMainMenu],
  activate({ docRegistry }, languages, launcher, { fileMenu }) {
    // The grammar that comes with JupyterLab does not know `using`, and its themes have a colour for types, but no rule.
    const language = languages.findByName("TypeScript");
    const types = { tag: tags.typeName, color: "var(--jp-mirror-editor-variable-3-color)" };
    const style = syntaxHighlighting(HighlightStyle.define([types]));
    if (language) language.support = new LanguageSupport(typescriptLanguage, style);

    const icon = `${NAME}:typescript`;
    docRegistry.addFileType({
      name: "typescript",
      displayName: "TypeScript File",
      extensions: [".ts", ".mts", ".cts"],
      mimeTypes: ["application/typescript"],
      icon: new LabIcon({ name: icon, svgstr: logo }),
    });
    const command = "fileeditor:create-new";
    const labels = {
      launcherLabel: "TypeScript File",
      paletteLabel: "New TypeScript File",
      caption: "Create a new TypeScript file",
    };
    const args = { fileExt: "ts", iconName: icon, ...labels };
    launcher.add({ command, args, category: "Other", rank: 0 });
    fileMenu.newMenu.addItem({ command, args, rank: 31 });
  },
};

const pictures: JupyterFrontEndPlugin<void, [IRenderMimeRegistry]> = {
  id: `${NAME}:pictures`,
  description: "Gives pictures their alternative texts.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (_, registry) => describePictures(registry),
};

const kernels: JupyterFrontEndPlugin<void, []> = {
  id: `${NAME}:kernels`,
  description: "Keeps the button that ends all kernels in step with whether there is one.",
  autoStart: true,
  activate({ commands, serviceManager }) {
    serviceManager.sessions.runningChanged.connect(() =>
      commands.notifyCommandChanged("kernelmenu:shutdownAll"),
    );
  },
};

export const plugins = [lessons, opening, tabs, files, typescript, pictures, kernels];
