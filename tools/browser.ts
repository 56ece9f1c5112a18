/**
 * A browser without a window, to look at JupyterLab as a reader does: an installed Chrome or Chromium, or else the
 * Chromium for Linux on x86-64 that comes with the npm packages.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";

const BUILD = resolve(__dirname, "../.build");

const COMMANDS = [
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "chromium",
  "chromium-browser",
];
const APPLICATIONS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of an installed Chrome or Chromium; undefined if there is none. CHROME_PATH names another one. */
export function findInstalledBrowser(): string | undefined {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  const folders = (process.env.PATH ?? "").split(":");
  const commands = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
  return [...commands, ...APPLICATIONS].find(existsSync);
}

/** The system's fonts, if it has any, and those that come with the unpacked browser, which needs at least one. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
</fontconfig>
`;

/** How to start a browser: its program, and the variables of the environment that this one needs. */
interface Launch {
  readonly executablePath: string;
  readonly env?: Record<string, string>;
}

/** Unpacks the Chromium of the npm packages, and the libraries and fonts that it ships, once. */
async function unpackBrowser(): Promise<Launch> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("No browser was found: install Chrome or Chromium, or set CHROME_PATH to one");
  }
  const folder = join(BUILD, "chromium");
  if (!existsSync(folder)) {
    // A process of its own, as the package is steered by variables that this one should not have: it unpacks into
    // TMPDIR, and the libraries (NSS, expat) only where it believes to be on the system for which they are meant.
    const unpacking = `${folder}.unpacking`;
    rmSync(unpacking, { recursive: true, force: true });
    mkdirSync(unpacking, { recursive: true });
    execFileSync(
      process.execPath,
      ["-e", 'import("@sparticuz/chromium").then((chromium) => chromium.default.executablePath())'],
      {
        cwd: __dirname,
        env: { ...process.env, TMPDIR: unpacking, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" },
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    writeFileSync(join(unpacking, "fonts.conf"), FONTS);
    renameSync(unpacking, folder);
  }
  return {
    executablePath: join(folder, "chromium"),
    env: {
      LD_LIBRARY_PATH: join(folder, "al2023/lib"),
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  };
}

/** Starts the browser. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findInstalledBrowser();
  const launch: Launch = executablePath ? { executablePath } : await unpackBrowser();
  // Who only reads the lessons has no Playwright, and is told by `make doctor` all the same.
  const { chromium } = await import("playwright-core");
  return chromium.launch({ ...launch, env: { ...process.env, ...launch.env } });
}
