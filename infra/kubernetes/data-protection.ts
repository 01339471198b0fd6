import type { CustomResourceOptions } from '@pulumi/pulumi';
import type { Workload } from '../workload.ts';

/**
 * What keeps the data of an object: the engine refuses to delete or replace it, and once it is not protected any more, leaves it
 * in the cluster all the same.
 */
export const dataOptions = (keepData: boolean): CustomResourceOptions =>
  keepData ? { protect: true, retainOnDelete: true } : {};

/** Whether the volumes of a workload outlive the stack. */
export const keepsData = (workload: Workload): boolean => workload.traits?.keepData === true;
