// The text of a PDF by a pattern that knows only this operator's PDFs: the
// least work that brings in the same records.
import { inflateSync } from 'node:zlib';
import { run } from './ondine.js';

await run((pdf) => {
  const raw = pdf.toString('latin1');
  const parts = [];
  for (const found of raw.matchAll(/\/Filter \/FlateDecode \/Length (\d+)>>\nstream\n/g)) {
    const start = found.index + found[0].length;
    const content = inflateSync(pdf.subarray(start, start + Number(found[1]))).toString('latin1');
    for (const shown of content.matchAll(/\(((?:[^()\\]|\\.)*)\) ?Tj/gs)) {
      parts.push(shown[1].replaceAll('\\', '').replaceAll('\x80', '€')); // windows-1252
    }
  }
  return parts.join('\n');
});
