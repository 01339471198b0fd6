import { describe, expect, it } from 'vitest';
import { requirementsFor } from './requirements-for.ts';

describe('the requirements for a Python', () => {
  const pins = [
    '# A comment',
    'aiohttp==3.14.5',
    'async-timeout==5.0.1 ; python_full_version < "3.11.3"',
    'tomli==2.5.0 ; python_version < "3.11"',
    '',
  ].join('\n');

  it.each([
    ['3.10.14', ['aiohttp==3.14.5', 'async-timeout==5.0.1', 'tomli==2.5.0']],
    ['3.11.2', ['aiohttp==3.14.5', 'async-timeout==5.0.1']],
    ['3.11.3', ['aiohttp==3.14.5']],
    ['3.12.1', ['aiohttp==3.14.5']],
  ])('are, for %s, those whose condition it meets', (python, expected) => {
    expect(requirementsFor(python, pins)).toBe(`# A comment\n${expected.join('\n')}\n`);
  });

  it('have no condition that is not understood', () => {
    expect(() => requirementsFor('3.11.2', 'uvloop==1.0 ; sys_platform != "win32"')).toThrow(
      'uvloop==1.0 ; sys_platform != "win32": the condition must be python_version < "X"',
    );
  });
});
