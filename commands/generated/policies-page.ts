import { z } from 'zod';
import type { Rule } from '../../policies/rule.ts';
import { rules } from '../../policies/rules.ts';
import { explainedAdvisories } from '../policies/explained-advisories.ts';

/** The handbook's page of policies. */
export function policiesPage(): string {
  return `${introduction(rules.length)}

## All rules of the policies

| Rule | Demand | Level | Severity | Standard | What to do |
| --- | --- | --- | --- | --- | --- |
${rules.map(ruleRow).join('\n')}

## Why each rule of the policies is there

| Rule | What happens otherwise |
| --- | --- |
${rules.map(({ name, reason }) => row(`\`${name}\``, reason)).join('\n')}

## Parameters of the policies

| Parameter | Default |
| --- | --- |
${rules.flatMap(parameterRows).join('\n')}

${configuration}

## Which advisory violations of the policies the stacks dev and prod have, and why

| Stacks | Rule | Objects | Why it is so |
| --- | --- | --- | --- |
${explainedAdvisories
  .map(({ stacks, rule, objects, reason }) =>
    row(stacks.join(', '), `\`${rule}\``, objects.map((each) => `\`${each}\``).join(', '), reason),
  )
  .join('\n')}
`;
}

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const ruleRow = ({ name, demand, level, severity, standard, fix }: Rule): string =>
  row(`\`${name}\``, demand, level, severity, `[${standard.name}](${standard.url})`, fix);

function parameterRows({ name, parameters }: Rule): string[] {
  if (parameters === undefined) return [];
  const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
  return Object.entries(properties).map(([parameter, schema]) => {
    const fallback = typeof schema === 'object' ? schema.default : undefined;
    return row(`\`${name}.${parameter}\``, `\`${JSON.stringify(fallback)}\``);
  });
}

const introduction = (count: number) => `# Policies

<!-- Made by \`npm run generate\` from policies/rules.ts and commands/policies/explained-advisories.ts. -->

Policies are rules that every object of a stack has to meet before it is deployed: ${count} rules about images, the
security of pods, networks, copies, and what is watched. \`npm run policies -- --stack S\` judges the program of the stack
\`S\` without a cluster, and \`npm run up -- --stack S\` has Pulumi judge by the same rules. A violation of a mandatory
policy stops a deployment: one of a single object before that object is made, one between objects at the end of the
preview. A violation of an advisory policy is only told. The rules know no name of this stack, and judge every Pulumi
program for Kubernetes: \`policies/README.md\` says how.`;

const configuration = `## How to configure a policy for one stack

The file \`Pulumi.<stack>.policies.json\` beside the stack's own file sets the level and the parameters of the policies,
in the format of Pulumi's \`--policy-pack-config\`. The level of a policy is \`mandatory\`, \`advisory\` or \`disabled\`.
The key \`all\` sets the level of every policy that says nothing of its own, also of the policy \`exceptions\`, which tells
of used exceptions: beside \`"all": "mandatory"\` write \`"exceptions": "advisory"\`, or a used exception ends the update.

\`\`\`json
{
  "image-digest": "mandatory",
  "required-labels": { "enforcementLevel": "advisory", "labels": ["app.kubernetes.io/name", "team"] }
}
\`\`\`

A policy that there is not, a wrong level or a wrong parameter in \`Pulumi.<stack>.policies.json\` ends
\`npm run policies\` with exit code 1, and nothing is judged then. A stack without a Prometheus
(\`ballast:prometheus.use: off\`) sets the policy \`scrape-target\` to \`disabled\`, since nothing could scrape its servers.

## How to except an object from a policy

An annotation of the object itself excepts it from a policy, and its value is the reason:
\`policies.ballast.dev/<rule>: reason\`. An annotation without a reason excepts nothing. \`npm run policies\` lists all
exceptions with their reasons, and Pulumi tells of them as advisory violations of the policy \`exceptions\`. A part of the
stack excepts its workload by \`policyExceptions\` in its description.

## What policies do not see

A policy cannot read a value that is only known after an update, such as the digest of an image that the update itself
builds: the preview then says that the policy could not run, and the update judges it. \`pulumi up --skip-preview\` judges
what objects are to each other only after it has made them.

Policies judge the objects that a program makes as resources of its own. They do not see what a Helm \`Release\` makes, they
do not judge patches of other objects (\`DeploymentPatch\` and the like), and of custom resources they know the pods of
KEDA's \`ScaledJob\` alone. The pods that other operators make are up to the Pod Security admission of their namespaces.`;
