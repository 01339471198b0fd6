import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { documentationPath, routes } from '../contract/http.ts';
import type { Services } from '../services.ts';
import { endpoints } from './endpoint.ts';

const cookieName = 'ballast_docs';

/**
 * The OpenAPI description at `/openapi.json`, and the page that shows it at `/docs`.
 *
 * A browser can't send an Authorization header when it opens a page, so `/docs?access_token=TOKEN` puts the token into
 * a cookie that only goes back to `/docs`, and that no script and no other site can use.
 */
export const documentation = fastifyPlugin<Services>(async (app, { version }) => {
  await app.register(cookie);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Ballast', description: 'Answers questions from your documents, with sources', version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: jsonSchemaTransform,
  });

  app.addHook('onRoute', (route) => {
    if (!isBelowDocumentation(route.url)) return;
    route.config = { ...route.config, access: 'token', tokenOf: browserToken };
  });
  await app.register(swaggerUi, {
    routePrefix: documentationPath,
    uiHooks: {
      preHandler: (request, reply, next) => {
        const token = queryToken(request);
        if (token === undefined) next();
        else rememberToken(reply, token, request);
      },
    },
  });

  for (const endpoint of endpoints(routes.openapi)) {
    app.route({ ...endpoint, schema: { hide: true }, handler: async () => app.swagger() });
  }
});

function isBelowDocumentation(url: string): boolean {
  return url === documentationPath || url.startsWith(`${documentationPath}/`);
}

function queryToken(request: FastifyRequest): string | undefined {
  const { access_token: token } = request.query as { access_token?: unknown };
  return typeof token === 'string' ? token : undefined;
}

/** The cookie is read here, not from `request.cookies`: authentication runs before the cookie plugin's hook. */
function browserToken(request: FastifyRequest): string | undefined {
  return queryToken(request) ?? request.server.parseCookie(request.headers.cookie ?? '')[cookieName];
}

function rememberToken(reply: FastifyReply, token: string, request: FastifyRequest): void {
  reply
    .setCookie(cookieName, token, {
      path: documentationPath,
      httpOnly: true,
      sameSite: 'strict',
      secure: request.protocol === 'https',
    })
    .redirect(`${documentationPath}/`);
}
