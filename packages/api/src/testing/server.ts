/** A server over a double, signed in, for tests of this room and of the client. */
import { createAuth } from "../auth.ts";
import type { Auth, SignInCode } from "../auth.ts";
import { createApiServer } from "../server.ts";
import type { ApiServer, ApiServerOptions } from "../server.ts";
import { createRecordedLog, createTestClock, testRandom } from "./clock.ts";
import type { RecordedLog, TestClock } from "./clock.ts";
import { createServiceDouble } from "./service-double.ts";
import type { ServiceDouble } from "./service-double.ts";
import { createMemoryBackups } from "./memory-backups.ts";
import { createVaultDouble } from "./vault-double.ts";
import type { VaultDouble } from "./vault-double.ts";

export interface TestServer {
  readonly server: ApiServer;
  readonly service: ServiceDouble;
  readonly auth: Auth;
  readonly clock: TestClock;
  readonly log: RecordedLog;
  readonly token: string;
  readonly resets: () => number;
  /** What the last reset was given for the node that begins. */
  readonly drawn: () => SignInCode | null;
  readonly backups: ReturnType<typeof createMemoryBackups>;
  readonly vault: VaultDouble;
}

export async function startTestServer(
  options: Partial<
    Pick<
      ApiServerOptions,
      "allowOrigins" | "graphqlIntrospection" | "host" | "port" | "socketPath" | "staticHandler"
    >
  > & {
    service?: ServiceDouble;
    vault?: VaultDouble;
  } = {},
): Promise<TestServer> {
  const service = options.service ?? createServiceDouble();
  const clock = createTestClock();
  const log = createRecordedLog();
  const auth = createAuth({
    secret: testRandom.bytes(32),
    nodeId: service.nodeId,
    clock,
    random: testRandom,
  });
  const backups = createMemoryBackups(service);
  const vault = options.vault ?? createVaultDouble();
  let resets = 0;
  let drawn: SignInCode | null = null;
  const server = await createApiServer({
    port: 0,
    version: "0.1.0",
    onReset(signIn) {
      resets += 1;
      drawn = signIn;
    },
    backups,
    ...options,
    service,
    vault,
    auth,
    clock,
    log,
  });
  const token = await auth.ownerToken();
  return {
    server,
    service,
    vault,
    auth,
    clock,
    log,
    token,
    backups,
    resets: () => resets,
    drawn: () => drawn,
  };
}
