import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";

/** Serves one flat directory: `bun package-server.ts DIRECTORY ADDRESS PORT`. Started by `lab up`. */
function serve(directory: string, address: string, port: number): void {
  createServer((request, response) => {
    const name = basename(decodeURIComponent(new URL(request.url ?? "/", "http://lab").pathname));
    const path = join(directory, name);
    const size = sizeOf(path);
    if (size === undefined) {
      response.writeHead(404).end("not offered by this lab\n");
      return;
    }
    response.writeHead(200, { "content-length": size, "content-type": "application/octet-stream" });
    if (request.method === "HEAD") response.end();
    else createReadStream(path).pipe(response);
  }).listen(port, address);
}

function sizeOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}

if (import.meta.main) {
  const [directory, address, port] = process.argv.slice(2);
  if (directory === undefined || address === undefined || port === undefined) process.exit(2);
  serve(directory, address, Number(port));
}
