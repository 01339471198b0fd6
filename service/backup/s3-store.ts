import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BackupError, UnreachableError } from './backup-error.ts';
import { exactly, type BackupStore } from './backup-store.ts';

/** Where the bucket is, and what opens it. */
export interface S3Options {
  /** Origin of the store. The bucket is the first part of every path, which every store understands. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * Bytes of a part. A file of more is stored in parts (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: at
 * least 5 MiB each, at most 10,000 of them).
 */
const leastPartBytes = 16 * 1024 * 1024;
const mostParts = 10_000;

/** Milliseconds until a connection stands, and until a request is answered. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 120_000 };

/** Backups in a bucket of Amazon S3, or of a store that speaks its protocol. */
export class S3Store implements BackupStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** @param prefix of every key, without a slash at its end. */
  constructor({ endpoint, region, bucket, accessKey, secretKey }: S3Options, prefix: string) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#client = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      forcePathStyle: true,
      maxAttempts: 3,
      requestHandler: timeouts,
      // Not every store knows the checksums of 2024; each request is signed over the hash of its body all the same.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  async put(name: string, content: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
    const params = { ...this.#object(name), Body: Readable.from(exactly(content, bytes, this.#key(name))) };
    const partSize = Math.max(leastPartBytes, Math.ceil(bytes / mostParts));
    try {
      // Parts of an upload that breaks off are removed: they would be kept, and paid for.
      await new Upload({ client: this.#client, params, partSize, queueSize: 1 }).done();
    } catch (error) {
      throw failure(this.#key(name), error);
    }
  }

  async *get(name: string): AsyncGenerator<Uint8Array> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#object(name)));
      yield* Body as Readable;
    } catch (error) {
      throw failure(this.#key(name), error);
    }
  }

  async list(folder: string): Promise<string[]> {
    const names: string[] = [];
    try {
      const asked = { Bucket: this.#bucket, Prefix: `${this.#key(folder)}/` };
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, asked)) {
        names.push(...Contents.map(({ Key = '' }) => Key.slice(this.#prefix.length + 1)));
      }
    } catch (error) {
      throw failure('the list of backups', error);
    }
    return names.sort();
  }

  /** None: nothing is there of an upload that was not completed, but parts, which a rule of the bucket can remove. */
  unfinished(): Promise<string[]> {
    return Promise.resolve([]);
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#object(name)));
    } catch (error) {
      throw failure(this.#key(name), error);
    }
  }

  #key(name: string): string {
    return `${this.#prefix}/${name}`;
  }

  #object(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#key(name) };
  }
}

function failure(key: string, error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? 'none';
    return new BackupError(`${key}: object storage answered with status ${status} (${error.name})`, { cause: error });
  }
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  const why = code ?? (name === 'Error' ? message : name) ?? 'no reason given';
  return new UnreachableError(`${key}: object storage cannot be reached (${why})`, { cause: error });
}
