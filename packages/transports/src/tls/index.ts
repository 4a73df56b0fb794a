export { LinkError, type LinkErrorCode } from "../link-error.ts";
export { createTlsTransport, type TlsTransportOptions } from "./tls-transport.ts";
