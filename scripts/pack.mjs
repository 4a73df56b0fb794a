/**
 * What others install: tarballs of @kith/contract, @kith/client, @kith/react and @kith/cli with JavaScript and types in
 * `dist`, since Node strips no types under node_modules. `npm run packages [-- FOLDER]` writes them to FOLDER (default
 * dist/packages). The command line carries the other rooms and the built web app in itself. Needs Node 24.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installed by themselves; the client and the hooks run wherever a browser's APIs are. */
const libraries = [
  { folder: "packages/contract", engines: ">=22" },
  { folder: "packages/client", engines: ">=22" },
  { folder: "packages/react", engines: ">=22" },
];
const contract = { name: "@kith/contract", ...libraries[0] };
/** Carried by the command line. */
const carried = ["contract", "client", "core", "store", "transports", "node", "api", "sim"];

const readManifest = (folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/** Every source of the rooms that are packed, as JavaScript and types, laid out as in src. */
function compile(stage) {
  const config = join(stage, "tsconfig.json");
  const rooms = [
    ...new Set([...libraries.map(({ folder }) => folder), ...carried.map((name) => `packages/${name}`)]),
  ];
  writeJson(config, {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: join(stage, "out"),
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [...rooms, "apps/kith"].map((room) => join(root, room, "src")),
    // Tests, and programs for developers that lie beside what they write out.
    exclude: [
      "*.test.ts",
      "*.test.tsx",
      "*-vectors.ts",
      "write-openapi.ts",
      "write-graphql.ts",
      "testing/**",
    ].map((each) => join(root, "**/src/**", each)),
  });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
  if (status !== 0) throw new Error(`PACK_TYPES: the sources do not compile\n${stdout}`);
}

/** Copies what was compiled of a room; what a worker thread is started from, and what types name, ends in .js now. */
function copyBuilt(stage, folder, target) {
  cpSync(join(stage, "out", folder, "src"), target, { recursive: true });
  for (const name of readdirSync(target, { recursive: true })) {
    const path = join(target, name);
    if (!/\.(?:js|d\.ts)$/.test(name)) continue;
    const text = readFileSync(path, "utf8");
    const mended = name.endsWith(".d.ts")
      ? text.replace(/((?:from|import\() ?"\.[^"]*)\.ts"/g, '$1.js"')
      : text.replace(/(new URL\("\.[^"]*)\.ts"/g, '$1.js"');
    if (mended !== text) writeFileSync(path, mended);
  }
}

function builtExports(exports) {
  const found = Object.entries(exports).filter(([key]) => key !== "./testing");
  return Object.fromEntries(
    found.map(([key, source]) => {
      const built = source.replace("./src/", "./dist/").replace(/\.tsx?$/, "");
      return [key, { types: `${built}.d.ts`, default: `${built}.js` }];
    }),
  );
}

function libraryManifest(folder, engines) {
  const {
    private: _private,
    devDependencies: _dev,
    scripts: _scripts,
    engines: _engines,
    exports,
    ...rest
  } = readManifest(folder);
  return {
    ...rest,
    engines: { node: engines },
    sideEffects: false,
    files: ["dist", "README.md", "LICENSE"],
    exports: builtExports(exports),
  };
}

const carriesContract = ({ dependencies = {} }) => contract.name in dependencies;

/** Its types come along, so that a tarball can be installed where no registry knows of the contract's. */
function carryContract(stage, target, manifest) {
  const room = join(target, "node_modules", contract.name);
  copyBuilt(stage, contract.folder, join(room, "dist"));
  const own = libraryManifest(contract.folder, contract.engines);
  writeJson(join(room, "package.json"), own);
  return {
    ...manifest,
    dependencies: { ...manifest.dependencies, ...own.dependencies },
    bundleDependencies: [contract.name],
  };
}

function stageLibrary(stage, { folder, engines }) {
  const target = join(stage, folder);
  mkdirSync(target, { recursive: true });
  copyBuilt(stage, folder, join(target, "dist"));
  const manifest = libraryManifest(folder, engines);
  writeJson(
    join(target, "package.json"),
    carriesContract(manifest) ? carryContract(stage, target, manifest) : manifest,
  );
  cpSync(join(root, folder, "README.md"), join(target, "README.md"));
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  return target;
}

/** Laid out like the project, so that every path of the sources still leads where it did. */
function stageCommandLine(stage) {
  const target = join(stage, "cli");
  const app = join(target, "apps/kith");
  const manifest = readManifest("apps/kith");
  copyBuilt(stage, "apps/kith", join(app, "dist"));
  writeJson(join(app, "package.json"), { name: manifest.name, version: manifest.version, type: "module" });
  cpSync(join(root, "apps/web/dist"), join(target, "apps/web/dist"), {
    recursive: true,
    filter: (path) => !path.endsWith(".kith-stamp"),
  });
  mkdirSync(join(target, "bin"));
  for (const name of ["node-version.mjs", "start-memory.mjs"])
    cpSync(join(root, "scripts", name), join(target, "bin", name));
  cpSync(join(root, "apps/kith/bin/installed.mjs"), join(target, "bin/installed.mjs"));
  chmodSync(join(target, "bin/installed.mjs"), 0o755);
  const dependencies = { ...manifest.dependencies };
  for (const name of carried) {
    const folder = `packages/${name}`;
    const room = join(target, "node_modules/@kith", name);
    copyBuilt(stage, folder, join(room, "dist"));
    const { files: _files, ...own } = libraryManifest(folder, ">=24.11");
    writeJson(join(room, "package.json"), own);
    // Found by every room from here: what it needs of others is the command line's to bring.
    for (const [needed, version] of Object.entries(own.dependencies ?? {})) dependencies[needed] = version;
  }
  const ours = Object.keys(dependencies).filter((name) => name.startsWith("@kith/"));
  writeJson(join(target, "package.json"), {
    name: manifest.name,
    version: manifest.version,
    description: "Private group messaging without servers",
    license: manifest.license,
    type: "module",
    engines: manifest.engines,
    bin: { kith: "bin/installed.mjs" },
    files: [
      "apps",
      "bin/installed.mjs",
      "bin/node-version.mjs",
      "bin/start-memory.mjs",
      "README.md",
      "LICENSE",
    ],
    dependencies,
    optionalDependencies: manifest.optionalDependencies,
    bundleDependencies: ours,
  });
  cpSync(join(root, "apps/kith/README.md"), join(target, "README.md"));
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  return target;
}

function openStage() {
  const stage = mkdtempSync(join(root, "node_modules/.kith-pack-"));
  const remove = () => rmSync(stage, { recursive: true, force: true });
  try {
    compile(stage);
  } catch (error) {
    remove();
    throw error;
  }
  return { stage, remove };
}

/** What others install of the package in that folder, as files; `remove` when they are not needed any more. */
export function stagePackage(folder) {
  const library = libraries.find((each) => each.folder === folder);
  if (library === undefined && folder !== "apps/kith")
    throw new Error(`PACK_UNKNOWN: nobody installs ${folder}`);
  const { stage, remove } = openStage();
  return { target: library === undefined ? stageCommandLine(stage) : stageLibrary(stage, library), remove };
}

/** Paths of the tarballs, by the name of their package. */
export function packAll(folder) {
  mkdirSync(folder, { recursive: true });
  const { stage, remove } = openStage();
  try {
    const staged = [...libraries.map((library) => stageLibrary(stage, library)), stageCommandLine(stage)];
    return Object.fromEntries(
      staged.map((target) => {
        const options = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
        const told = execFileSync("npm", options, {
          cwd: target,
          encoding: "utf8",
          shell: process.platform === "win32",
        });
        const { name, version } = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
        if (!told.includes(version)) throw new Error(`PACK_FAILED: npm packed something else than ${name}`);
        return [name, join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`)];
      }),
    );
  } finally {
    remove();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const packed = packAll(resolve(process.argv[2] ?? join(root, "dist/packages")));
  for (const path of Object.values(packed)) process.stdout.write(`${path}\n`);
}
