// node check-artifacts.js FOLDER: fails unless the folder holds what preview.yml makes and nothing else, since whoever opens a
// pull request can have preview.yml upload anything. Runs on the Node of the runner, before anything is installed.
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Paths that preview.yml makes: rendered manifests before and after, and Pulumi's previews. */
const expected =
  /^((manifests|base)\/[a-z][a-z0-9-]*\/([\w.-]+\.yaml|CUSTOM-RESOURCES\.md)|pulumi-[a-z][a-z0-9-]*\/preview\.json)$/;

/** Several times what both stacks have today, before and after. */
const most = { files: 4_000, bytes: 20_000_000 };

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('check-artifacts.js needs a FOLDER');
// Where nothing was uploaded, nothing was downloaded either: comment.sh tells that no stack could be rendered.
const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
const paths = names.map((name) => join(folder, name));
const entries = paths.map((path) => ({ path: relative(folder, path), stats: lstatSync(path) }));
const files = entries.filter(({ stats }) => !stats.isDirectory());
const bytes = files.reduce((sum, { stats }) => sum + stats.size, 0);

const odd = files.find(({ path, stats }) => !stats.isFile() || !expected.test(path));
const problem = odd
  ? `${JSON.stringify(odd.path)} is none of preview.yml's files`
  : files.length > most.files
    ? `there are ${files.length} files; allowed are ${most.files}`
    : bytes > most.bytes
      ? `the files have ${bytes} bytes; allowed are ${most.bytes}`
      : undefined;
if (problem !== undefined) {
  console.error(`The artifacts are not those of a preview: ${problem}.`);
  process.exitCode = 1;
}
