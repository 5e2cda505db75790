import { Command } from 'commander';
import { configSchema, readConfig } from '../config.ts';

/** `countersign config schema|check`. */
export function configCommand(): Command {
  const command = new Command('config').description('the configuration file');
  command
    .command('schema')
    .description('print the JSON Schema of countersign.yaml, for editors')
    .action(() => {
      process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
    });
  command
    .command('check')
    .description('check a configuration file; exit 78 when it is wrong')
    .argument('[file]', 'the file', 'countersign.yaml')
    .action((file: string) => {
      readConfig(file);
      process.stdout.write(`${file}: good\n`);
    });
  return command;
}
