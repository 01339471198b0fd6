import { describe, expect, it } from 'vitest';
import { JobSettings } from './settings.ts';

const settings = (environment: Record<string, string>) => new JobSettings(environment, (ask) => ask());

describe('a setting is refused with a sentence', () => {
  it.each<[Record<string, string>, (from: JobSettings) => unknown, RegExp]>([
    [{ QDRANT_NODES: '' }, (from) => from.nodes, /^QDRANT_NODES is missing: /],
    [{ QDRANT_NODES: 'http://a:1,b' }, (from) => from.nodes, /^QDRANT_NODES has "b", which is no URL$/],
    [{}, (from) => from.keep, /^BACKUP_KEEP is missing: /],
    [{ BACKUP_KEEP: '0' }, (from) => from.keep, /^BACKUP_KEEP is "0": a whole number from 1 on is allowed$/],
    [{ BACKUP_FOLDER: '' }, (from) => from.store, /^BACKUP_FOLDER is missing: /],
    [{ BACKUP_FOLDER: 'f', BACKUP_S3_BUCKET: 'b' }, (from) => from.store, /^BACKUP_S3_REGION is missing: /],
    [{ RESTORE_OVERWRITE: 'yes' }, (from) => from.overwrite, /^RESTORE_OVERWRITE is "yes": true or false is allowed$/],
  ])('%o', (environment, read, sentence) => {
    expect(() => read(settings(environment))).toThrow(expect.objectContaining({ name: 'BackupError' }));
    expect(() => read(settings(environment))).toThrow(sentence);
  });
});
