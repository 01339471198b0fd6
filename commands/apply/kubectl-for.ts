import type { StackConfig } from '../../infra/config.ts';
import { contextFlags, Kubectl } from '../kubectl.ts';

/** The kubectl on the PATH for the cluster of a stack. */
export const kubectlFor = ({ context }: StackConfig): Kubectl => new Kubectl('kubectl', contextFlags(context));
