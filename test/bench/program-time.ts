import { join } from 'node:path';
import { run } from '../processes.ts';
import { percentile } from '../load/percentile.ts';

/**
 * How many times as long as importing its libraries alone the program takes for prod: whole processes, without a compile cache,
 * in turn, by their medians. What is above 1 is ours: types that Node strips, the schema, the parts, and the registrations.
 */
export async function programTime(samples: number): Promise<number> {
  const [libraries, program]: [number[], number[]] = [[], []];
  for (let number = 0; number < samples; number += 1) {
    libraries.push(await milliseconds('program-libraries.ts'));
    program.push(await milliseconds('program-render.ts'));
  }
  return percentile(program, 0.5) / percentile(libraries, 0.5);
}

async function milliseconds(script: string): Promise<number> {
  const begin = performance.now();
  const { code, stderr } = await run(process.execPath, ['--no-warnings', join(import.meta.dirname, script)], {
    env: { NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  const took = performance.now() - begin;
  if (code !== 0) throw new Error(`${script} ended with ${code ?? 'a signal'}: ${stderr}`);
  return took;
}
