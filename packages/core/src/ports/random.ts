/** Randomness as an argument: seeded in the simulator, the system's generator in production. */
export interface Random {
  bytes(length: number): Uint8Array;
}
