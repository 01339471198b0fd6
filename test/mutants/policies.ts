import type { Mutant } from '../../commands/mutants/mutant.ts';

const fixtures = ['policies/fixtures/fixtures.test.ts'];

/** Protections that the policies give what is deployed. */
export const policyMutants: readonly Mutant[] = [
  {
    name: 'an exception without a reason',
    protects: 'Whoever is in a hurry would except what he likes, and nobody would know why.',
    file: 'policies/evaluate.ts',
    find: "if (reason === '') violations.push(violation);",
    replace: 'if (!exceptionsOf(at.object).has(rule.name)) violations.push(violation);',
    tests: ['test/stack/policy-runner.test.ts'],
    testName: 'one without',
  },
  {
    name: 'a wrong configuration that is judged by',
    protects: 'A mistyped rule would go on being advisory where somebody made it mandatory.',
    file: 'policies/configuration.ts',
    find: 'if (problems.length > 0) throw new ConfigurationError(problems);',
    replace: '',
    tests: ['commands/policies/results.test.ts'],
  },
  {
    name: 'an image with a tag of a registry with a port',
    protects: 'An image without a tag would pass because its registry has a port.',
    file: 'policies/kubernetes/image.ts',
    find: "tagged.indexOf(':', tagged.lastIndexOf('/') + 1)",
    replace: "tagged.indexOf(':')",
    tests: fixtures,
  },
  {
    name: 'an init container that nobody looks at',
    protects: 'What prepares a pod could be privileged, or run as root.',
    file: 'policies/kubernetes/pod.ts',
    find: "    ...named('init container', spec.initContainers),\n",
    replace: '',
    tests: fixtures,
  },
  {
    name: "the cluster's numbers for the program's",
    protects: 'An update would be refused because an autoscaler has set the number of copies.',
    file: 'policies/pulumi/seen-inputs.ts',
    find: 'this.#inputs.get(resource.urn) ?? resourceOf(resource)',
    replace: 'resourceOf(resource)',
    tests: ['test/stack/policy-runner.test.ts'],
    testName: 'what the cluster has filled in',
  },
  {
    name: "a patch of somebody else's object judged as an object",
    protects: 'A patch of a label would be refused because it names no image.',
    file: 'policies/kubernetes/resource.ts',
    find: " || inputs['kind'] !== kind",
    replace: '',
    tests: ['test/stack/policy-runner.test.ts'],
    testName: 'has nothing to say',
  },
  {
    name: 'an update without policies',
    protects: 'What no review saw would be deployed.',
    file: 'commands/policy-arguments.ts',
    find: "return ['--policy-pack', 'policies', ...configuration];",
    replace: 'return configuration;',
    tests: ['commands/policies/configuration-file.test.ts'],
  },
];
