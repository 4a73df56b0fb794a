export { LinkError, type LinkErrorCode } from "../link-error.ts";
export { createLinkCertificate, type LinkCertificate } from "./certificate.ts";
export { tlsParameters } from "./parameters.ts";
export { createTlsTransport, type TlsTransportOptions } from "./tls-transport.ts";
