import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What Alertmanager posts: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export interface Message {
  /** Path that it was posted to. */
  readonly path: string;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** Somebody who is told of alerts. */
export interface Webhook {
  readonly url: string;
  /** In the order in which they came. */
  readonly messages: readonly Message[];
}

/** Starts one on a free port of the loopback address. It ends with the test. */
export async function startWebhook(): Promise<Webhook> {
  const messages: Message[] = [];
  const server = createServer((request, response) => {
    json(request).then(
      (body) => {
        messages.push({ ...(body as Omit<Message, 'path'>), path: request.url ?? '' });
        response.end();
      },
      () => response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, messages };
}
