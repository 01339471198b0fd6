import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { routes } from '../contract/http.ts';
import {
  documentParams,
  listDocumentsQuery,
  listDocumentsResponse,
  putDocumentRequest,
  putDocumentResponse,
} from '../contract/schemas.ts';
import { Deadline } from '../resilience/deadline.ts';
import type { Services } from '../services.ts';
import { sharedTenant } from '../upstreams/document-store.ts';
import { callerOf } from './auth.ts';
import { documented, endpoints } from './endpoint.ts';
import { ApiError } from './problem.ts';
import { timeoutOf } from './request-timeout.ts';
import { limitRate } from './rate-limit.ts';

/** `/v1/documents`: store, list and delete what a tenant's questions are answered from. */
export const documents: FastifyPluginAsyncZod<Services> = async (app, services) => {
  const { store, lifecycle, config } = services;
  const bounded = <T>(request: FastifyRequest, work: () => Promise<T>) =>
    lifecycle.run(new Deadline(timeoutOf(request, config.REQUEST_TIMEOUT_SECS).milliseconds), work);
  const preHandler = limitRate(services);
  for (const endpoint of endpoints(routes.putDocument)) {
    app.route({
      ...endpoint,
      preHandler,
      schema: documented(routes.putDocument, {
        body: putDocumentRequest,
        response: { 200: putDocumentResponse, 201: putDocumentResponse },
      }),
      handler: async (request, reply) => {
        const { id, title, text, format } = request.body;
        const { tenant } = callerOf(request);
        const document = {
          text,
          format,
          ...(id === undefined ? {} : { id }),
          ...(title === undefined ? {} : { title }),
        };
        const result = await bounded(request, () => store.put(tenant, document, request.trace));
        return reply.code(result.status === 'created' ? 201 : 200).send(result);
      },
    });
  }

  for (const endpoint of endpoints(routes.listDocuments)) {
    app.route({
      ...endpoint,
      preHandler,
      schema: documented(routes.listDocuments, {
        querystring: listDocumentsQuery,
        response: { 200: listDocumentsResponse },
      }),
      handler: async (request) => {
        const { limit, after } = request.query;
        const { tenant } = callerOf(request);
        const page = await bounded(request, () => store.list(tenant, limit, after, request.trace));
        return {
          documents: page.map(({ updatedAt, ...document }) => ({ ...document, updated_at: updatedAt })),
          next: page.length < limit ? null : (page.at(-1)?.id ?? null),
        };
      },
    });
  }

  for (const endpoint of endpoints(routes.deleteDocument)) {
    app.route({
      ...endpoint,
      preHandler,
      schema: documented(routes.deleteDocument, { params: documentParams, response: { 204: z.null() } }),
      handler: async (request, reply) => {
        const { id } = request.params;
        const { tenant } = callerOf(request);
        if (await bounded(request, () => store.remove(tenant, id, request.trace))) return reply.code(204).send(null);
        const shared = await store.has(sharedTenant, id, request.trace);
        if (!shared) throw new ApiError(404, 'not_found', 'Not found', `there is no document ${JSON.stringify(id)}`);
        const detail = `${JSON.stringify(id)} is part of the shared corpus: remove its file from CORPUS_DIR instead`;
        throw new ApiError(403, 'forbidden', 'Forbidden', detail);
      },
    });
  }
};
