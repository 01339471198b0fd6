import { pino } from 'pino';
import { buildApp } from '../../service/app.ts';
import { parseConfig } from '../../service/contract/parse-config.ts';
import { createServices } from '../../service/services.ts';

/** The OpenAPI description of the API, as the service serves it at `/openapi.json`. */
export async function openApi(): Promise<string> {
  const config = parseConfig({ JWT_SECRET: 'describes the API and signs nothing' });
  const app = await buildApp(createServices({ config, log: pino({ level: 'silent' }) }));
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
  }
}
