import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { variables } from '../contract/config.ts';
import { maskCredentials } from '../contract/parse-config.ts';
import { routes } from '../contract/http.ts';
import { serviceResponse } from '../contract/health-schemas.ts';
import { configResponse, costsResponse, incidentsResponse } from '../contract/report-schemas.ts';
import type { Services } from '../services.ts';
import { redact } from '../telemetry/redaction.ts';
import { callerOf } from './auth.ts';
import { documented, endpoints } from './endpoint.ts';

/** What the service says of itself: who it is, what it spent, how it is configured, what went wrong. */
export const reports: FastifyPluginAsyncZod<Services> = async (app, services) => {
  const { config, version, instance, ledger, incidents, budget } = services;

  for (const endpoint of endpoints(routes.service)) {
    app.route({
      ...endpoint,
      schema: documented(routes.service, { response: { 200: serviceResponse } }),
      handler: async () => ({
        service: config.SERVICE_NAME,
        version,
        node: process.versions.node,
        description: 'Answers questions from your documents, with sources',
        documentation: '/docs',
        instance,
      }),
    });
  }

  for (const endpoint of endpoints(routes.costs)) {
    app.route({
      ...endpoint,
      schema: documented(routes.costs, { response: { 200: costsResponse } }),
      handler: async (request) => {
        const { tenant, scopes } = callerOf(request);
        const usage = budget.usage(tenant);
        return {
          ...ledger.report(scopes.has('admin') ? undefined : tenant),
          budget: usage
            ? { limit_usd: usage.limitUsd, spent_usd: usage.spentUsd, reserved_usd: usage.reservedUsd }
            : null,
        };
      },
    });
  }

  for (const endpoint of endpoints(routes.config)) {
    app.route({
      ...endpoint,
      schema: documented(routes.config, { response: { 200: configResponse } }),
      handler: async () =>
        Object.fromEntries(
          variables().map(({ name, meta }) => {
            const value = config[name];
            if (value === undefined) return [name, null];
            if (meta.secret) return [name, '[redacted]'];
            return [name, typeof value === 'string' ? maskCredentials(redact(value)) : value];
          }),
        ),
    });
  }

  for (const endpoint of endpoints(routes.incidents)) {
    app.route({
      ...endpoint,
      schema: documented(routes.incidents, { response: { 200: incidentsResponse } }),
      handler: async () => ({ incidents: incidents.list().map((incident) => ({ ...incident })) }),
    });
  }
};
