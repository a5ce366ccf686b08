import { ClockCircleOutlined } from '@ant-design/icons';
import { Button, Popover, Segmented } from 'antd';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { usePreferences } from '../../app/preferences';
import { formatNs, fromWallInput, nsOf, offsetText, toWallInput } from '../../lib/time';
import { QUICK, type Quick, type Range } from './range';

interface Props {
  range: Range;
  onChange: (range: Range) => void;
}

const CHOICES = [...(Object.keys(QUICK) as Quick[]), 'all'] as const;

export function RangePicker({ range, onChange }: Props): ReactElement {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const [open, setOpen] = useState(false);
  const chosen = range.kind === 'last' ? range.span : range.kind;
  const choose = (value: string) => {
    const quick = CHOICES.find((one) => one === value);
    if (quick) onChange(quick === 'all' ? { kind: 'all' } : { kind: 'last', span: quick });
  };
  const between = (next: Range) => {
    setOpen(false);
    onChange(next);
  };
  return (
    <div className="range" data-testid="range">
      <Segmented value={chosen} onChange={choose} options={CHOICES.map((value) => ({ value, label: t(`range.${value}`) }))} />
      <Popover
        open={open}
        onOpenChange={setOpen}
        trigger="click"
        placement="bottomRight"
        content={open && <Between range={range} onDone={between} />}
      >
        <Button icon={<ClockCircleOutlined />} type={range.kind === 'between' ? 'primary' : 'default'} data-testid="range-absolute">
          {range.kind === 'between'
            ? `${formatNs(nsOf(range.from), zone)} – ${formatNs(nsOf(range.to), zone)}`
            : t('range.absolute')}
        </Button>
      </Popover>
    </div>
  );
}

const HOUR_MS = 3_600_000;

function Between({ range, onDone }: { range: Range; onDone: (range: Range) => void }): ReactElement {
  const { t } = useTranslation();
  const { zone } = usePreferences();
  const [opened] = useState(() => Date.now());
  const initial = range.kind === 'between' ? range : { from: opened - HOUR_MS, to: opened };
  const [from, setFrom] = useState(toWallInput(initial.from, zone));
  const [to, setTo] = useState(toWallInput(initial.to, zone));
  const start = fromWallInput(from, zone);
  const end = fromWallInput(to, zone);
  const valid = start !== null && end !== null && start < end;
  return (
    <form
      className="between"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) onDone({ kind: 'between', from: start, to: end });
      }}
    >
      <label>
        {t('range.from')}
        <input type="datetime-local" step={1} value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label>
        {t('range.to')}
        <input type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <p className="note">
        {zone} {offsetText(zone, start ?? opened)}
      </p>
      <Button type="primary" htmlType="submit" disabled={!valid}>
        {t('range.apply')}
      </Button>
    </form>
  );
}
