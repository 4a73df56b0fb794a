/** Doubles for tests of the HTTP surface. Never part of a running node. */
export { createRecordedLog, createTestClock, testRandom } from "./clock.ts";
export type { RecordedLog, TestClock } from "./clock.ts";
export { createServiceDouble } from "./service-double.ts";
export type { ServiceDouble } from "./service-double.ts";
export { createMemoryBackups } from "./memory-backups.ts";
export { startTestServer } from "./server.ts";
export type { TestServer } from "./server.ts";
export { issueToken } from "./tokens.ts";
export { send, sendBytes } from "./send.ts";
export type { Answer, Ask } from "./send.ts";
export { createVaultDouble } from "./vault-double.ts";
export type { VaultDouble } from "./vault-double.ts";
export { auditGraphql } from "./audit.ts";
export { askGraphql } from "./graphql.ts";
export type { GraphqlAsker } from "./graphql.ts";
