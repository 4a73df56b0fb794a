/** What a test run came to, as values: counts from vitest's report, and the lines that end `npm test`. */

const SKIP_LINE = /^\s*SKIPPED \(.*$/gm;
// oxlint-disable-next-line no-control-regex -- colours begin with an escape character
const COLOURS = /\u001B\[[0-9;]*m/g;

/**
 * Counts one run. `report` is vitest's JSON or null, `text` what it printed, `place` shortens a file's path.
 * A file that cannot be loaded, and a run that fails with no failing test, count as one failure each.
 */
export function countVitest({ code, text, report, place }) {
  const counts = { passed: 0, failed: 0, files: 0, skips: [], broken: [], failures: [], unsteady: [] };
  for (const file of report?.testResults ?? []) {
    counts.files += 1;
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") counts.passed += 1;
      else if (test.status === "failed") {
        failedHere += 1;
        counts.failures.push({ file: place(file.name), name: test.fullName });
      } else counts.skips.push(`${place(file.name)}: ${test.fullName}`);
    }
    if (file.status === "failed" && failedHere === 0) {
      counts.broken.push(`${place(file.name)} could not be run`);
      failedHere = 1;
    }
    counts.failed += failedHere;
  }
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1;
    counts.broken.push(
      report === null ? `vitest ended with ${code} and no report` : `vitest ended with ${code}`,
    );
  }
  // A skip that is only printed (a whole file that ends early, say) must not pass unseen either.
  const said = text.replace(COLOURS, "").match(SKIP_LINE) ?? [];
  for (const line of said.slice(counts.skips.length)) counts.skips.push(line.trim());
  return counts;
}

/** So many files get a second try; more are no accident. */
const SECOND_TRIES_MAX = 3;
/** Processes, sockets and a browser on a machine that others may hold up. All else is the same each time. */
const MAY_BE_HELD_UP = /^tests\/(e2e|integration|lab)\//;

/** The files to be run once more, alone; [] where something failed that no busy machine explains. */
export function secondTries({ failed, failures, broken }) {
  const files = [...new Set(failures.map(({ file }) => file))];
  const isExplained =
    failed === failures.length && broken.length === 0 && files.every((file) => MAY_BE_HELD_UP.test(file));
  return isExplained && files.length <= SECOND_TRIES_MAX ? files : [];
}

/** One run, and a second of the files that failed in it. What failed once is told, and fails if it failed twice. */
export function afterSecondTry(first, second) {
  const again = second.failed > 0 || second.skips.length > first.skips.length || second.passed === 0;
  if (again) return first;
  return {
    ...first,
    passed: first.passed + first.failed,
    failed: 0,
    failures: [],
    unsteady: first.failures.map(({ file, name }) => `${file}: ${name}`),
  };
}

/** The closing lines, the last of which is "N passed, N failed" (", N skipped" may follow), and the verdict. */
export function summaryLines({ checks, tests, isStrict, isPicked }) {
  const failedChecks = checks.filter(({ ok }) => !ok).length;
  const lackedCount = isStrict ? tests.skips.length : 0;
  const skipped = tests.skips.length - lackedCount;
  const passed = tests.passed + checks.length - failedChecks;
  const failed = tests.failed + failedChecks + lackedCount;
  const lines = [];
  for (const skip of tests.skips)
    lines.push(`${isStrict ? "FAILED because it was skipped" : "SKIPPED"}: ${skip}`);
  for (const reason of tests.broken) lines.push(`FAILED: ${reason}`);
  for (const test of tests.unsteady) lines.push(`UNSTEADY, failed once and passed alone; mend it: ${test}`);
  for (const { name, ok, seconds } of checks) {
    lines.push(` ${name.padStart(10)}  ${ok ? "passed" : "failed"}  ${seconds.toFixed(1)} s`);
  }
  if (isPicked) lines.push("     checks  not run: only picked tests were");
  lines.push(` Test Files  ${tests.files}`);
  lines.push(`      Tests  ${tests.passed} passed | ${tests.failed} failed | ${tests.skips.length} skipped`);
  lines.push("", `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return { lines, ok: failed === 0 };
}
