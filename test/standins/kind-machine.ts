import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { writeProgram } from '../write-program.ts';

/** Scripts of shells by program: each answers some commands and exits; the stand-in answers the others. */
export type Answers = Readonly<Partial<Record<keyof typeof usual, string>>>;

/** Answers as Docker 28 does, for one container and one image. What is loaded by kind is on the node. */
const docker = `case "$*" in
'version '*) echo 28.2.2 ;;
'ps '*) [ ! -e container ] || /bin/cat container ;;
'inspect '*) echo 2026-11-22T12:00:00.500000001Z ;;
'start '*) echo running >container ;;
'stop '*) echo exited >container ;;
'image inspect '*) [ -e image-label ] && /bin/cat image-label ;;
'build '*)
  for word in "$@"; do [ "$word" = "\${word#ballast.source=}" ] || echo "\${word#ballast.source=}" >image-label; done ;;
'exec '*' crictl inspecti '*) [ -e node-label ] || exit 1
  echo '{"info":{"imageSpec":{"config":{"Labels":{"ballast.source":"'"$(/bin/cat node-label)"'"}}}}}' ;;
*) echo "unexpected: docker $*" >&2; exit 1 ;;
esac`;

const kind = `case "$*" in
version) echo 'kind v0.33.0 go1.26.1 linux/amd64' ;;
'create cluster '*) echo running >container ;;
'delete cluster '*) /bin/rm -f container ;;
'load docker-image '*) /bin/cp image-label node-label ;;
'load image-archive '* | 'export kubeconfig '*) ;;
*) echo "unexpected: kind $*" >&2; exit 1 ;;
esac`;

/** Answers for a cluster whose node is ready, with metrics-server where it was applied. */
const kubectl = `case "$*" in
*'config current-context') echo kind-ballast ;;
*'get node '*nodeInfo*) echo 'True v1.35.0' ;;
*'get node '*) echo True 2026-11-22T12:00:00Z ;;
*'get pods '*) printf 'Running True\\nSucceeded False\\n' ;;
*'get clusterrole kindnet '*) echo '["podsecuritypolicies"] ["nodes","pods","namespaces"] ["networkpolicies"]' ;;
*'get deployment/metrics-server '*) [ ! -e deployed ] || /bin/cat deployed ;;
*'apply '*) /bin/cat >applied ;;
*'rollout status '*) ;;
*) echo "unexpected: kubectl $*" >&2; exit 1 ;;
esac`;

/** The machine's settings, as building an image reads them. */
const npm = `echo '{"registry":"https://registry.example.com/"}'`;

const usual = { docker, kind, kubectl, npm };

/**
 * Stand-ins for kind, Docker, kubectl and npm in a folder that is the whole PATH until the test has finished. They note what they are
 * called with.
 */
export class KindMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'ballast-kind-'));

  /** @param answers In place of what the stand-ins usually answer. */
  constructor(answers: Answers = {}) {
    for (const [name, script] of Object.entries(usual)) {
      const instead = answers[name as keyof Answers] ?? '';
      writeProgram(this.folder, name, `cd '${this.folder}'\necho "${name} $*" >>calls\n${instead}\n${script}`);
    }
    vi.stubEnv('PATH', this.folder);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(this.folder, { recursive: true });
    });
  }

  /** Has the node's container in a state of Docker's; at first there is none. */
  set container(state: 'running' | 'exited') {
    this.write('container', state);
  }

  /** Commands that were called, in order. */
  get calls(): string[] {
    return this.read('calls')
      .split('\n')
      .filter((call) => call !== '');
  }

  /** The commands that do more than ask. */
  get changes(): string[] {
    const asking = /^(docker (version|ps|inspect|image inspect|exec)|kind version|kubectl .*(get|config) |npm )/;
    return this.calls.filter((call) => !asking.test(call));
  }

  /** Removes a program from the PATH. */
  lacks(program: string): void {
    rmSync(join(this.folder, program));
  }

  /** Writes one of the files by which the stand-ins know what there is. */
  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), `${text}\n`);
  }

  /** What is in such a file; nothing where there is none. */
  read(file: string): string {
    const path = join(this.folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}
