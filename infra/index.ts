import { getStack } from '@pulumi/pulumi';
import { compose } from './compose.ts';
import { readStackConfig } from './read-config.ts';

// What `pulumi up` runs.
compose(readStackConfig(), { stack: getStack() });
