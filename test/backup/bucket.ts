import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expectedAuthorization, sha256 } from './signature.ts';

const credentials = { accessKey: 'AKIDEXAMPLE', secretKey: 'the/secret+key', region: 'eu-central-1' };

/** What a bucket is told to do next. */
type Fault = 'none' | 'away' | 'dropped' | 'cut' | 'failed completion';

/**
 * Stands in for object storage: one bucket in memory, as the S3 API documents it, with two keys on a page of a list. It takes
 * only requests whose signature fits what it received.
 */
export class Bucket {
  readonly objects = new Map<string, Buffer>();
  /** Parts of uploads that are neither completed nor aborted. */
  readonly uploads = new Map<string, Map<number, Buffer>>();
  /** `PUT key` and so on. */
  readonly requests: string[] = [];
  #fault: Fault = 'none';
  #faults = 0;
  readonly #server = createServer((request, response) => {
    if (this.#fault === 'dropped' && this.#faults > 0) {
      this.#faults -= 1;
      request.socket.resetAndDestroy();
      return;
    }
    void this.#answer(request).then(({ status = 200, headers = {}, body = '' }) => {
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
      if (this.#fault === 'cut' && request.method === 'GET') {
        response.write(Buffer.from(body).subarray(0, 3), () => response.destroy());
        return;
      }
      response.end(body);
    });
  });

  static async start(): Promise<Bucket> {
    const bucket = new Bucket();
    bucket.#server.listen(0, '127.0.0.1');
    await once(bucket.#server, 'listening');
    return bucket;
  }

  get options() {
    return {
      ...credentials,
      bucket: 'backups',
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
    };
  }

  /** Variables of a job that stores here. */
  get environment(): Record<string, string> {
    const { endpoint, bucket, region, accessKey, secretKey } = this.options;
    return {
      BACKUP_S3_ENDPOINT: endpoint,
      BACKUP_S3_BUCKET: bucket,
      BACKUP_S3_REGION: region,
      BACKUP_S3_PREFIX: 'ballast/prod',
      BACKUP_S3_ACCESS_KEY: accessKey,
      BACKUP_S3_SECRET_KEY: secretKey,
    };
  }

  /** Has a fault for the next requests; 500 for `away`, and no answer at all for `dropped`. */
  fail(fault: Fault, requests = Infinity): void {
    this.#fault = fault;
    this.#faults = requests;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const body = await buffer(request);
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', this.options.endpoint);
    const query = Object.fromEntries(url.searchParams);
    const key = decodeURIComponent(url.pathname).replace(/^\/backups\/?/, '');
    this.requests.push(`${method} ${key}`);
    if (this.#faults > 0 && this.#fault === 'away') {
      this.#faults -= 1;
      return { status: 500 };
    }
    const authorization = expectedAuthorization({ method, url, headers }, credentials);
    if (headers.authorization !== authorization) return refused(403, 'SignatureDoesNotMatch');
    if (headers['x-amz-content-sha256'] !== sha256(body)) {
      return refused(400, 'XAmzContentSHA256Mismatch');
    }
    return this.#serve(
      `${method}${'uploads' in query ? ' uploads' : 'uploadId' in query ? ' upload' : ''}`,
      key,
      query,
      body,
    );
  }

  #serve(what: string, key: string, query: Record<string, string>, body: Buffer): Answer {
    const parts = this.uploads.get(query['uploadId'] ?? '');
    const object = this.objects.get(key);
    switch (what) {
      case 'POST uploads':
        this.uploads.set(`id/${key}`, new Map());
        return {
          body: `<InitiateMultipartUploadResult><UploadId>id/${key}</UploadId></InitiateMultipartUploadResult>`,
        };
      case 'PUT upload':
        if (body.length < 5 * 1024 * 1024 && Number(query['partNumber']) === 1) return refused(400, 'EntityTooSmall');
        parts?.set(Number(query['partNumber']), body);
        return { headers: { etag: `"tag${query['partNumber']}"` } };
      case 'POST upload': {
        if (this.#fault === 'failed completion') return { body: '<Error><Code>InternalError</Code></Error>' };
        const tags = [...(parts ?? [])].map(([number]) => [number, `"tag${number}"`]);
        const named = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/g)].map(([, part = '']) => [
          Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
          /<ETag>([^<]+)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
        ]);
        if (JSON.stringify(named) !== JSON.stringify(tags)) {
          return refused(400, 'InvalidPart');
        }
        this.objects.set(key, Buffer.concat([...(parts ?? new Map<number, Buffer>()).values()]));
        this.uploads.delete(query['uploadId'] ?? '');
        return { body: '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>' };
      }
      case 'DELETE upload':
        this.uploads.delete(query['uploadId'] ?? '');
        return { status: 204 };
      case 'PUT':
        this.objects.set(key, body);
        return {};
      case 'DELETE':
        this.objects.delete(key);
        return { status: 204 };
      case 'GET':
        if (key === '') return this.#list(query);
        return object === undefined ? refused(404, 'NoSuchKey') : { body: object };
      default:
        return refused(405, 'MethodNotAllowed');
    }
  }

  #list({ prefix = '', 'continuation-token': token = '' }: Record<string, string>): Answer {
    const all = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const start = Number(token.slice(5));
    const page = all.slice(start, start + 2);
    const next = `next/${start + 2}`;
    const more = start + 2 < all.length;
    const keys = page.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
    const end = more ? `<NextContinuationToken>${next}</NextContinuationToken>` : '';
    return { body: `<ListBucketResult><IsTruncated>${more}</IsTruncated>${keys}${end}</ListBucketResult>` };
  }
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

function refused(status: number, code: string): Answer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>` };
}
