/** The audit of graphql-http, which is not ours, of any server of the surface. */

export async function auditGraphql(
  url: string,
  token: string,
): Promise<{ readonly passed: number; readonly failed: readonly string[] }> {
  // Of all who start test servers only a few ask for it.
  const { serverAudits } = await import("graphql-http");
  const audits = serverAudits({
    url: `${url}/graphql`,
    fetchFn: (at: string, init: RequestInit = {}) =>
      fetch(at, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
      }),
  });
  const failed: string[] = [];
  for (const audit of audits) {
    // oxlint-disable-next-line no-await-in-loop -- one after another, so that a failure is its own
    const result = await audit.fn();
    if (result.status !== "ok") failed.push(`${result.status} ${audit.name}: ${result.reason}`);
  }
  return { passed: audits.length - failed.length, failed };
}
