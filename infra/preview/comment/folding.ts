/** How much of a preview a comment shows. */
export interface Folding {
  /** What is told of each resource: its fields, their names alone, one line, or only how many there are in each part, or in all. */
  readonly detail: 'fields' | 'names' | 'lines' | 'parts' | 'counts';
  /** Most characters of the change of one field. */
  readonly value: number;
  /** Most rows of the table of costs, and of what is only advised. */
  readonly rows: number;
  /** Most of what is at the top: dangers, mandatory violations, stacks. */
  readonly top: number;
  /** What is not shown, as a sentence; empty where all is. */
  readonly told: string;
}

const all = { rows: Infinity, top: Infinity };

const shortened = (value: number): Folding => ({
  ...all,
  detail: 'fields',
  value,
  told: `Changes of a field over ${value.toLocaleString('en')} characters are shortened.`,
});

const counted = (top: number): Folding => ({
  detail: 'counts',
  value: 0,
  rows: 0,
  top,
  told: 'Resources are only counted, and long lists at the top are shortened.',
});

/** From all there is to what always fits; the first that fits is taken. */
export const foldings: readonly Folding[] = [
  { ...all, detail: 'fields', value: Infinity, told: '' },
  shortened(4_000),
  shortened(1_000),
  shortened(200),
  { ...all, detail: 'names', value: 0, told: 'Changed fields are only named.' },
  { ...all, detail: 'lines', value: 0, rows: 40, told: 'Resources are listed without their fields.' },
  { ...all, detail: 'parts', value: 0, rows: 20, told: 'Resources are only counted, part by part.' },
  { ...counted(Infinity), told: 'Resources are only counted.' },
  counted(50),
  counted(5),
];

/** The first of some lines, and how many more there are. */
export function first(lines: readonly string[], most: number, what: string): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most), `- and ${(lines.length - most).toLocaleString('en')} more ${what}`];
}
