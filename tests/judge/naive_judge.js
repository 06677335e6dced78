// naive_judge.py's counterpart: beside the code that it judges, in one process.
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

function same(got, expected) {
  return got == expected || JSON.stringify(got) === JSON.stringify(expected);
}

function raised(error, expected) {
  return error instanceof Error && error.constructor.name === { ValueError: "RangeError" }[expected];
}

async function main() {
  const { f } = await import(`data:text/javascript,${encodeURIComponent(job.source)}`);
  let passed = true;
  for (const { args, out, raises } of job.examples) {
    try {
      const good = same(f(args.x), out);
      passed = passed && good && raises === null;
    } catch (error) {
      passed = passed && raised(error, raises);
    }
  }
  console.log(`{"passed": ${passed}}`);
}

main();
