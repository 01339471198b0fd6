import { BackupError } from './backup-error.ts';
import type { BackupStore } from './backup-store.ts';
import type { FirstContact } from './first-contact.ts';
import { FolderStore } from './folder-store.ts';
import { QdrantNode } from './qdrant-node.ts';
import { S3Store } from './s3-store.ts';

/** The variables of a job. An empty one counts as unset. */
export class JobSettings {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #firstContact: FirstContact;

  /** @param firstContact how nodes are asked for the first time. */
  constructor(environment: Readonly<Record<string, string | undefined>>, firstContact: FirstContact) {
    this.#environment = environment;
    this.#firstContact = firstContact;
  }

  /** @throws {BackupError} when the variable is not set; `hint` says what belongs there. */
  required(name: string, hint: string): string {
    const value = this.#optional(name);
    if (value === undefined) throw new BackupError(`${name} is missing: ${hint}`);
    return value;
  }

  /** `BACKUP_KEEP`. */
  get keep(): number {
    const text = this.required('BACKUP_KEEP', 'how many of the newest backups are kept');
    if (!/^[1-9]\d*$/.test(text))
      throw new BackupError(`BACKUP_KEEP is "${text}": a whole number from 1 on is allowed`);
    return Number(text);
  }

  /** `RESTORE_OVERWRITE`. */
  get overwrite(): boolean {
    const text = this.#optional('RESTORE_OVERWRITE') ?? 'false';
    if (text === 'true' || text === 'false') return text === 'true';
    throw new BackupError(`RESTORE_OVERWRITE is "${text}": true or false is allowed`);
  }

  /** Every node in `QDRANT_NODES`, with `QDRANT_API_KEY`. */
  get nodes(): QdrantNode[] {
    const urls = this.required('QDRANT_NODES', 'the URLs of all nodes, separated by commas').split(',');
    const bad = urls.find((url) => !URL.canParse(url));
    if (bad !== undefined) throw new BackupError(`QDRANT_NODES has "${bad}", which is no URL`);
    return urls.map((url) => new QdrantNode(url, this.#optional('QDRANT_API_KEY'), undefined, this.#firstContact));
  }

  /** The bucket `BACKUP_S3_BUCKET` where that is set, else the folder `BACKUP_FOLDER`. */
  get store(): BackupStore {
    const bucket = this.#optional('BACKUP_S3_BUCKET');
    if (bucket === undefined) {
      return new FolderStore(this.required('BACKUP_FOLDER', 'a folder for backups; or set BACKUP_S3_BUCKET'));
    }
    const region = this.required('BACKUP_S3_REGION', 'the region of the bucket');
    const options = {
      bucket,
      region,
      endpoint: this.#optional('BACKUP_S3_ENDPOINT') ?? `https://s3.${region}.amazonaws.com`,
      accessKey: this.required('BACKUP_S3_ACCESS_KEY', 'the access key of the bucket'),
      secretKey: this.required('BACKUP_S3_SECRET_KEY', 'the secret key of the bucket'),
    };
    return new S3Store(options, this.required('BACKUP_S3_PREFIX', 'what every key in the bucket begins with'));
  }

  #optional(name: string): string | undefined {
    const value = this.#environment[name];
    return value === '' ? undefined : value;
  }
}
