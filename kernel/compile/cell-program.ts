/**
 * The program that a cell is compiled in: the cell, what the cells before have declared, and whatever they import.
 *
 * It stands in the place of TypeScript's own watching program, of which tslab's converter uses little. Each use makes
 * a new program, which takes over all of the one before but the converter's two files and what has changed on disk.
 */
import { isBuiltin } from "node:module";
import * as path from "node:path";
import ts from "typescript";
import { CELL_FILE, PREVIOUS_CELLS } from "./compiled";
import { findModulesLate, installedDeclarations, isInstalled } from "./installed-declarations";
import { InstalledImports } from "./installed-imports";
import { declarationsOf, type KeptHelpers } from "./kept-helpers";
import { SameProgram } from "./same-program";

/** What tslab passes from `createWatchCompilerHost` to `createWatchProgram`. */
export interface CellProgramOptions {
  rootNames: readonly string[];
  options: ts.CompilerOptions;
  /** tslab's: it has the texts of its two files, and one timer, for the making of the next program. */
  system: ts.System;
  /** In the place of whose helpers their declarations are taken. */
  kept: KeptHelpers;
  /** Gives the builder what tslab asks of it. */
  withHooks(builder: ts.BuilderProgram): ts.BuilderProgram;
  /** Set by tslab. */
  afterProgramCreate?(builder: ts.BuilderProgram): void;
}

const LIBRARY = path.resolve(__dirname, "..", "..", "..", "node_modules", "typescript", "lib");

const asIs = (name: string): string => name;

/** tslab changes the trees of its own two files once it has used them. */
function isConverters(file: string): boolean {
  return [CELL_FILE, PREVIOUS_CELLS].includes(path.basename(file));
}

/** What Node.js has is in no file; the converter's files are looked at in every program. */
function mayAppear(imported: string, importer: string): boolean {
  return !isBuiltin(imported) && !isConverters(importer);
}

export function createCellProgram(from: CellProgramOptions): { close(): void } {
  const { rootNames, options, system, kept } = from;
  const installedImports = new InstalledImports(options);
  /** The reader's files, as they were parsed. */
  const own = new Map<string, ts.SourceFile>();
  const changed = new Set<string>();
  const watched = new Set<string>();
  let builder: ts.BuilderProgram | undefined;
  let same: SameProgram | undefined;
  let resolutions: ts.ModuleResolutionCache;
  let isDue = false;
  /** Whether what the files import is to be looked up anew. */
  let anew = true;
  /** Whether all that the reader's files import was found. */
  let isComplete = true;

  function ownFile(file: string, how: ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    const known = own.get(file);
    if (known && !isConverters(file) && !changed.has(file)) return known;
    const text = system.readFile(file);
    changed.delete(file);
    if (text === undefined) {
      own.delete(file);
      return undefined;
    }
    if (known && !isConverters(file) && known.text === text) return known;
    const created = ts.createSourceFile(file, text, how);
    own.set(file, created);
    return created;
  }

  function declaredHelper(
    file: string,
    how: ts.CreateSourceFileOptions,
  ): ts.SourceFile | undefined {
    const helper = kept.declaredAs(file);
    const known = own.get(file);
    if (!helper || known?.text === helper.declarations) return helper && known;
    const created = ts.createSourceFile(file, helper.declarations, how);
    own.set(file, created);
    return created;
  }

  /** A helper that is kept is found as its declarations; one that is linked, where it is, as Node.js has it. */
  function asKept(resolved: ts.ResolvedModuleFull | undefined): ts.ResolvedModuleFull | undefined {
    if (resolved?.extension !== ts.Extension.Ts || isInstalled(resolved.resolvedFileName)) {
      return resolved;
    }
    const place = system.realpath?.(resolved.resolvedFileName) ?? resolved.resolvedFileName;
    const helper = kept.find(place);
    if (!helper) return { ...resolved, resolvedFileName: place };
    for (const file of helper.texts.keys()) watch(file);
    const resolvedFileName = declarationsOf(helper.file);
    return { ...resolved, resolvedFileName, extension: ts.Extension.Dts };
  }

  const host: ts.CompilerHost = {
    getSourceFile(file, languageVersionOrOptions) {
      const how =
        typeof languageVersionOrOptions === "object"
          ? languageVersionOrOptions
          : { languageVersion: languageVersionOrOptions };
      if (isInstalled(file) && file.endsWith(".d.ts")) {
        return installedDeclarations(file, system.readFile, how);
      }
      return declaredHelper(file, how) ?? ownFile(file, how);
    },
    getDefaultLibFileName: (chosen) => path.join(LIBRARY, ts.getDefaultLibFileName(chosen)),
    getDefaultLibLocation: () => LIBRARY,
    writeFile() {},
    getCurrentDirectory: () => system.getCurrentDirectory(),
    getCanonicalFileName: asIs,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (file) => rootNames.includes(file) || system.fileExists(file),
    readFile: (file) => system.readFile(file),
    directoryExists: (folder) => system.directoryExists(folder),
    getDirectories: (folder) => system.getDirectories(folder),
    realpath: (file) => system.realpath?.(file) ?? file,
    resolveModuleNameLiterals: (literals, containing, redirected, chosen, file) =>
      literals.map((literal) => {
        const { text } = literal;
        const mode = ts.getModeForUsageLocation(file, literal, chosen);
        const resolve = () =>
          ts.resolveModuleName(...[text, containing, chosen, host, resolutions, redirected, mode]);
        if (isInstalled(containing)) {
          return installedImports.find(text, containing, mode, resolve);
        }
        const resolved = resolve();
        if (!resolved.resolvedModule && mayAppear(text, containing)) isComplete = false;
        return { ...resolved, resolvedModule: asKept(resolved.resolvedModule) };
      }),
    // Without it, TypeScript looks for the package of each file, in every program.
    getModuleResolutionCache: () => resolutions,
    hasInvalidatedResolutions: () => anew,
  };

  function schedule(): void {
    if (isDue) return;
    isDue = true;
    system.setTimeout?.(update, 0);
  }

  function update(): void {
    isDue = false;
    if (builder && !anew && same?.goOn()) {
      // tslab expects another one.
      builder = ts.createAbstractBuilder(builder.getProgram(), host);
    } else {
      builder = newProgram();
    }
    from.afterProgramCreate?.(from.withHooks(builder));
  }

  function newProgram(): ts.BuilderProgram {
    if (anew) kept.refresh();
    // What could not be found may be there now; what packages say of themselves stays.
    const packages = resolutions?.getPackageJsonInfoCache();
    const folder = system.getCurrentDirectory();
    resolutions = ts.createModuleResolutionCache(folder, asIs, options, packages);
    isComplete = true;
    const made = ts.createAbstractBuilder(rootNames, options, host, builder);
    anew = !isComplete;
    for (const { fileName } of made.getSourceFiles()) {
      if (!kept.declaredAs(fileName)) watch(fileName);
    }
    findModulesLate(made.getProgram(), options);
    same = new SameProgram(made.getProgram(), host, rootNames.filter(isConverters));
    return made;
  }

  function watch(file: string): void {
    if (isInstalled(file) || rootNames.includes(file) || watched.has(file)) return;
    watched.add(file);
    system.watchFile?.(file, () => {
      changed.add(file);
      anew = true;
      schedule();
    });
  }

  for (const file of rootNames) system.watchFile?.(file, schedule);
  update();
  return { close() {} };
}
