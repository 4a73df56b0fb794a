/** Doubles for tests of the HTTP surface. Never part of a running node. */
export { createRecordedLog, createTestClock, testRandom } from "./clock.ts";
export type { RecordedLog, TestClock } from "./clock.ts";
export { createServiceDouble } from "./service-double.ts";
export type { ServiceDouble } from "./service-double.ts";
export { startTestServer } from "./server.ts";
export type { TestServer } from "./server.ts";
export { send, sendBytes } from "./send.ts";
export type { Answer, Ask } from "./send.ts";
