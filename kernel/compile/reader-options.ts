/** The compiler options of cells. */
import * as path from "node:path";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "..", "..", "..");

/** The reader's options, and those without which the converter cannot work. */
export function readerOptions(folder: string): ts.CompilerOptions {
  const configFile = ts.findConfigFile(folder, ts.sys.fileExists);
  const config = configFile ? ts.readConfigFile(configFile, ts.sys.readFile).config : {};
  const base = configFile ? path.dirname(configFile) : folder;
  const { options: own } = ts.parseJsonConfigFileContent(config, ts.sys, base);
  const { types: _types, ...chosen } = own;
  return {
    ...(configFile ? chosen : { ...ts.getDefaultCompilerOptions(), strict: true }),
    target: ts.ScriptTarget.ES2022,
    lib: own.lib ?? ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    esModuleInterop: true,
    resolveJsonModule: true,
    // A notebook that lies elsewhere finds Node's types here.
    typeRoots: [base, ROOT].map((folder) => path.join(folder, "node_modules", "@types")),
    types: ["node"],
    noUncheckedSideEffectImports: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true,
    // Nobody puts other declarations in the place of TypeScript's own; it would look for them by the hundred.
    libReplacement: false,
    declaration: true,
    noEmit: false,
    inlineSourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
    // tslab places what it emits by this folder; any folder above all sources will do.
    rootDir: path.parse(folder).root,
    outDir: "outDir",
    configFilePath: undefined,
  };
}
