/**
 * What this extension uses of JupyterLab 4.6, Lumino 2 and their packages. Their own declarations come with 280 npm
 * packages, of which nothing else here would be used.
 */

declare module "@lumino/coreutils" {
  /** Names a service, and stands for its type. */
  export class Token<T> {
    constructor(name: string, description?: string);
    readonly name: string;
    readonly type: T;
  }
}

declare module "@lumino/widgets" {
  export interface Signal<Sender, Args> {
    connect(slot: (sender: Sender, args: Args) => void): boolean;
  }

  export interface Title {
    label: string;
    dataset: Record<string, string>;
  }

  export class Widget {
    readonly id: string;
    readonly node: HTMLElement;
    readonly title: Title;
    readonly isVisible: boolean;
    close(): void;
  }

  export class Menu extends Widget {
    constructor(options: { commands: import("@jupyterlab/application").CommandRegistry });
    addItem(item: { command: string; args?: object }): void;
  }
}

declare module "@jupyterlab/application" {
  import type { Token } from "@lumino/coreutils";
  import type { Signal, Widget } from "@lumino/widgets";

  export interface CommandOptions<Args> {
    label: string | ((args: Args) => string);
    caption?: string;
    icon?: unknown;
    describedBy?: { args: object };
    execute(args: Args): unknown;
  }

  export interface CommandRegistry {
    addCommand<Args>(id: string, options: CommandOptions<Args>): void;
    execute(id: string, args?: object): Promise<unknown>;
    /** Has those that show a command ask it anew, whether it can be executed now. */
    notifyCommandChanged(id: string): void;
  }

  /** Where a widget is put: over another one (`tab-after`) or beside it (`split-right`). */
  export interface Place {
    mode?: "tab-after" | "split-right";
    /** The id of that other one. */
    ref?: string;
  }

  export interface ILabShell {
    readonly currentChanged: Signal<ILabShell, { newValue: Widget | null }>;
    /** Area by area, from left to right. */
    widgets(area: "main"): IterableIterator<Widget>;
    add(widget: Widget, area: "main", place: Place): void;
    activateById(id: string): void;
    collapseLeft(): void;
  }
  export const ILabShell: Token<ILabShell>;

  export interface JupyterFrontEnd {
    readonly commands: CommandRegistry;
    readonly shell: ILabShell;
    readonly docRegistry: import("@jupyterlab/docmanager").DocumentRegistry;
    readonly serviceManager: {
      readonly sessions: { readonly runningChanged: Signal<unknown, unknown> };
    };
    /** When the windows are as they were left. */
    readonly restored: Promise<void>;
  }

  export interface JupyterFrontEndPlugin<T, Services extends unknown[]> {
    id: string;
    description: string;
    autoStart: true;
    requires?: { [Index in keyof Services]: Token<Services[Index]> };
    provides?: Token<T>;
    activate(app: JupyterFrontEnd, ...services: Services): T | Promise<T>;
  }
}

declare module "@jupyterlab/coreutils" {
  export const PageConfig: { getOption(name: string): string };
  export const URLExt: { join(...parts: string[]): string };
}

declare module "@jupyterlab/services" {
  export namespace ServerConnection {
    function makeSettings(): { baseUrl: string };
    function makeRequest(
      url: string,
      init: RequestInit,
      settings: { baseUrl: string },
    ): Promise<Response>;
  }
}

declare module "@jupyterlab/docmanager" {
  import type { Place } from "@jupyterlab/application";
  import type { Token } from "@lumino/coreutils";
  import type { Signal, Widget } from "@lumino/widgets";

  export interface Context {
    readonly path: string;
    readonly pathChanged: Signal<Context, string>;
  }

  export interface DocumentWidget extends Widget {
    readonly context: Context;
    /** When it has been seen, and its content is there. */
    readonly revealed: Promise<void>;
    /** Shows the place of this name, as soon as the document is there. */
    setFragment(fragment: string): void;
  }

  export interface DocumentRegistry {
    addFileType(type: {
      name: string;
      displayName: string;
      extensions: string[];
      mimeTypes: string[];
      icon: unknown;
    }): void;
  }

  export interface IDocumentManager {
    /** Opens a file, or shows it where it is open already, wherever that is. */
    openOrReveal(
      path: string,
      factory?: "default",
      kernel?: undefined,
      place?: Place,
    ): DocumentWidget | undefined;
    contextForWidget(widget: Widget): Context | undefined;
  }
  export const IDocumentManager: Token<IDocumentManager>;
}

declare module "@jupyterlab/filebrowser" {
  import type { Token } from "@lumino/coreutils";

  export namespace DirListing {
    class Renderer {
      /** Shows a file in its row of the list. */
      updateItemNode(node: HTMLElement, model: { path: string }, ...rest: unknown[]): void;
      getNameNode(node: HTMLElement): HTMLElement;
    }
  }
  export const IDefaultFileBrowserRenderer: Token<DirListing.Renderer>;
}

declare module "@jupyterlab/launcher" {
  import type { Token } from "@lumino/coreutils";

  export interface ILauncher {
    add(item: {
      command: string;
      args?: object;
      category: string;
      rank?: number;
      /** The section with the least one is at the top; that of notebooks has 0. */
      categoryRank?: number;
    }): void;
  }
  export const ILauncher: Token<ILauncher>;
}

declare module "@jupyterlab/mainmenu" {
  import type { Token } from "@lumino/coreutils";
  import type { Menu } from "@lumino/widgets";

  export interface IMainMenu {
    addMenu(menu: Menu, update: boolean, options: { rank: number }): void;
    readonly fileMenu: {
      readonly newMenu: { addItem(item: { command: string; args: object; rank: number }): void };
    };
  }
  export const IMainMenu: Token<IMainMenu>;
}

declare module "@jupyterlab/notebook" {
  import type { DocumentWidget } from "@jupyterlab/docmanager";
  import type { Token } from "@lumino/coreutils";
  import type { Signal } from "@lumino/widgets";

  export interface INotebookTracker {
    readonly widgetAdded: Signal<INotebookTracker, DocumentWidget>;
  }
  export const INotebookTracker: Token<INotebookTracker>;
}

declare module "@jupyterlab/rendermime" {
  import type { Token } from "@lumino/coreutils";

  export interface MimeModel {
    readonly data: Record<string, unknown>;
  }

  export interface Renderer {
    readonly node: HTMLElement;
    renderModel(model: MimeModel): Promise<void>;
  }

  export interface RendererFactory {
    readonly mimeTypes: readonly string[];
    createRenderer(options: object): Renderer;
  }

  export interface IRenderMimeRegistry {
    readonly mimeTypes: readonly string[];
    readonly linkHandler: {
      /** Gets each link to a file of the server as it is shown. */
      handleLink(link: HTMLElement, path: string, fragment: string): void;
    } | null;
    getFactory(mimeType: string): RendererFactory | undefined;
    addFactory(factory: RendererFactory): void;
  }
  export const IRenderMimeRegistry: Token<IRenderMimeRegistry>;
}

declare module "@jupyterlab/settingregistry" {
  import type { Token } from "@lumino/coreutils";

  export interface ISettingRegistry {
    get(plugin: string, key: string): Promise<{ composite: unknown }>;
    set(plugin: string, key: string, value: string): Promise<void>;
  }
  export const ISettingRegistry: Token<ISettingRegistry>;
}

declare module "@jupyterlab/codemirror" {
  import type { LanguageSupport } from "@codemirror/language";
  import type { Token } from "@lumino/coreutils";

  export interface EditorLanguage {
    load?: () => Promise<LanguageSupport>;
    support?: LanguageSupport;
  }

  export interface IEditorLanguageRegistry {
    findByName(name: string): EditorLanguage | null;
  }
  export const IEditorLanguageRegistry: Token<IEditorLanguageRegistry>;
}

declare module "@jupyterlab/ui-components" {
  export class LabIcon {
    constructor(options: { name: string; svgstr: string });
  }
}

declare module "*.svg" {
  const text: string;
  export default text;
}
