import type { Socket } from "node:net";

/** What is no HTTP, has too long headers or does not come to its end: there is no request to answer, only a socket. */
export function answerMalformed(error: Error & { code?: string }, socket: Socket): void {
  const [status, code, message] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? ["408 Request Timeout", "timeout", "the request did not arrive in time"]
      : error.code === "HPE_HEADER_OVERFLOW"
        ? ["431 Request Header Fields Too Large", "invalid_request", "the headers are too long"]
        : ["400 Bad Request", "invalid_request", "the request is no HTTP"];
  const body = JSON.stringify({ error: { code, message } });
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
