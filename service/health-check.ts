import { get } from 'node:http';
import { isIP } from 'node:net';
import { defaultPort, routes } from './contract/http.ts';

// The image's HEALTHCHECK: exits with 0 when the process in this container answers that it is alive, else with 1.
// The container's runtime bounds the time. Empty variables count as unset, as they do for the service.
const listensOn = process.env['HOST'] || '0.0.0.0';
const host = isWildcard(listensOn) ? 'localhost' : listensOn;
const port = process.env['PORT'] || defaultPort;

get({ host, port, path: routes.health.paths[0] }, ({ statusCode }) => {
  console.log(`${routes.health.paths[0]} answered ${statusCode}`);
  process.exit(statusCode === 200 ? 0 : 1);
}).on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

function isWildcard(address: string): boolean {
  return isIP(address) !== 0 && /^[0:.]+$/.test(address);
}
