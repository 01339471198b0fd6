import { parseArgs } from 'node:util';
import { chosenCluster } from './cluster/chosen-cluster.ts';
import { verbs } from './cluster/verbs.ts';
import { Failure, runCommand } from './failure.ts';

// npm run cluster -- up: starts a Kubernetes of one node on this machine, and waits until it is ready. It is a kind cluster where
// there is kind with Docker, else a node of our own.
// npm run cluster -- down: ends it. reset: ends it and forgets what it stored.
// npm run cluster -- status: what of it runs.
// npm run cluster -- load ARCHIVE ...: gives it the images of archives, as `docker save` writes them.
await runCommand(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [verb = 'nothing', ...further] = positionals;
  if (!isVerb(verb)) {
    throw new Failure(`npm run cluster -- takes one of ${Object.keys(verbs).join(', ')}, not ${verb}.`);
  }
  if (further.length > 0 && verb !== 'load') {
    throw new Failure(`npm run cluster -- ${verb} takes nothing more: ${further.join(' ')}`);
  }
  await verbs[verb](await chosenCluster(), further);
});

function isVerb(word: string): word is keyof typeof verbs {
  return Object.hasOwn(verbs, word);
}
