/** UTF-8 bytes of a message's text: the node takes no more. */
export const TEXT_BYTES_MAX = 16_384;
