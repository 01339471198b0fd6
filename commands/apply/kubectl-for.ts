import type { StackConfig } from '../../infra/config.ts';
import { Kubectl } from '../kubectl.ts';

/** The kubectl on the PATH for the cluster of a stack. */
export const kubectlFor = ({ context }: StackConfig): Kubectl =>
  new Kubectl('kubectl', context === undefined ? [] : ['--context', context]);
