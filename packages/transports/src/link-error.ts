/** Why a link could not be made or used. The code is for programs, the message for the person who reads the log. */

export type LinkErrorCode =
  /** Nobody listens there, or the listener had no room and hung up. */
  | "LINK_REFUSED"
  /** Neither connection nor handshake came about within the limit. */
  | "LINK_TIMEOUT"
  /** No route, no such host, or the interface is down. */
  | "LINK_UNREACHABLE"
  /** Something answers there, but it does not speak our TLS. */
  | "LINK_TLS"
  /** The caller's signal ended it. */
  | "LINK_ABORTED"
  /** The transport was closed before or meanwhile. */
  | "LINK_CLOSED"
  /** The port to listen on is taken. */
  | "LINK_PORT_BUSY"
  /** The transport listens already. */
  | "LINK_LISTENING"
  /** attach was called a second time. */
  | "LINK_ATTACHED"
  /** A frame to send is larger than FRAME_BYTES_MAX; the link lives on. */
  | "FRAME_TOO_LARGE"
  /** A frame type to send is not in 0..255; the link lives on. */
  | "FRAME_TYPE";

export class LinkError extends Error {
  readonly code: LinkErrorCode;
  constructor(code: LinkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LinkError";
    this.code = code;
  }
}
