import { readFileSync } from 'node:fs';

/** Type of the part of a program that names who loads its libraries: PT_INTERP of elf(5). */
const interpreter = 3;

/** Whether a program of Linux, of 64 bits, runs where there is no library. @throws when there is no such file. */
export function needsNoLibrary(path: string): boolean {
  const program = readFileSync(path);
  const [start, size, count] = [
    Number(program.readBigUInt64LE(32)),
    program.readUInt16LE(54),
    program.readUInt16LE(56),
  ];
  const types = Array.from({ length: count }, (_, index) => program.readUInt32LE(start + index * size));
  return !types.includes(interpreter);
}
