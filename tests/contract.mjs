// Parse each AsyncAPI document of a JSON array on standard input with AsyncAPI's own parser, and
// print the errors and warnings of each as a JSON array. `tests/contract.py` calls it.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { Parser } = createRequire(`${process.cwd()}/`)("@asyncapi/parser");

const results = [];
for (const document of JSON.parse(await text(process.stdin))) {
  const { diagnostics } = await new Parser().parse(document);
  results.push(
    diagnostics
      .filter((each) => each.severity < 2) // a newer version of AsyncAPI is a hint
      .map((each) => `${each.path.join(".")}: ${each.message}`),
  );
}
console.log(JSON.stringify(results));
