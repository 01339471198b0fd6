import type { TestProject } from 'vitest/node';
import { promtool } from '../tools/promtool.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of a promtool 3. */
    promtool: string;
  }
}

/** Gets the native tools that system tests run, before the first of them. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('promtool', await promtool());
}
