/** The upstream of the benches, a process of its own: 2 KB of JSON for every request. `origin.ts PORT` */
import { createServer } from 'node:http';
import { body } from './body.ts';

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
