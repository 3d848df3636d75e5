//! The fixed instructions with data, one for each format.

use super::Entry;
use crate::answer::task::Method;

const fn entry(format: &'static str, text: &'static str, answer: &'static str) -> Entry {
    Entry { level: 1, method: Method::ComplicateInput, format, text, answer }
}

pub(super) const FORMATS: [Entry; 12] = [
    entry(
        "formula",
        "What is the value of this expression with a rational denominator, and to three decimals?\n\n```latex\n$$ \\frac{1}{\\sqrt{3} + 2^2} $$\n```",
        "Multiplying by 4 - √3 above and below gives (4 - √3)/(16 - 3) = (4 - √3)/13. With √3 ≈ 1.732 this is about 0.174.",
    ),
    entry(
        "formula",
        "Which x satisfy this equation, and which of them is positive?\n\n```latex\n$$ \\int_0^x 2t\\,dt = x + 6 $$\n```",
        "The integral is x^2, so x^2 - x - 6 = 0 and (x - 3)(x + 2) = 0. The solutions are 3 and -2; the positive one is 3.",
    ),
    entry(
        "json",
        "What does this order cost with tax, and which item costs more than the others together?\n\n```json\n{\"tax\": 0.2, \"items\": [\n  {\"name\": \"lamp\", \"price\": 40},\n  {\"name\": \"bulb\", \"price\": 5},\n  {\"name\": \"cable\", \"price\": 15}\n]}\n```",
        "The items cost 40 + 5 + 15 = 60, and with a tax of 20 percent 72. The lamp at 40 costs more than bulb and cable together, which make 20.",
    ),
    entry(
        "csv",
        "A ball falls from rest. Do these readings fit s = g t^2 / 2, and what is g?\n\n```csv\nt_s,s_m\n1,4.9\n2,19.6\n3,44.1\n```",
        "Dividing s by t^2 gives 4.9 each time (19.6/4 and 44.1/9), so all three readings fit, with g = 9.8 metres per second squared.",
    ),
    entry(
        "python",
        "What do these lines print, and why is the first result not what arithmetic says?\n\n```python\nprint(0.1 + 0.2 == 0.3)\nprint(sum([1, 1]))\n```",
        "They print False and 2. Binary fractions cannot hold 0.1, 0.2 or 0.3 exactly, and the rounded sum is 0.30000000000000004. Whole numbers such as 1 are exact.",
    ),
    entry(
        "sql",
        "What does this query return, and what would it return if one of the values were NULL?\n\n```sql\nCREATE TABLE terms (value INT);\nINSERT INTO terms VALUES (1), (1);\nSELECT SUM(value), COUNT(DISTINCT value) FROM terms;\n```",
        "It returns 2 and 1: the sum counts both rows, the distinct count only one value. With one NULL the sum is 1 and the count stays 1, since both skip NULL.",
    ),
    entry(
        "shell",
        "What does each of these commands print, and why do they differ?\n\n```shell\necho 1 + 1\nexpr 1 + 1\necho $((1 + 1))\n```",
        "The first prints the text 1 + 1, because echo only repeats its words. The other two print 2: expr is a program that calculates, and $((…)) makes the shell itself calculate.",
    ),
    entry(
        "xml",
        "What is the total of these terms in base ten?\n\n```xml\n<sum>\n  <term>1</term>\n  <term>1</term>\n  <term base=\"2\">10</term>\n</sum>\n```",
        "The third term is written in base two, where 10 means two. The total is 1 + 1 + 2 = 4.",
    ),
    entry(
        "html",
        "Which addition does this table define, and what is 1 + 1 + 1 in it?\n\n```html\n<table>\n  <tr><th>+</th><th>0</th><th>1</th></tr>\n  <tr><th>0</th><td>0</td><td>1</td></tr>\n  <tr><th>1</th><td>1</td><td>0</td></tr>\n</table>\n```",
        "It is addition modulo 2. There 1 + 1 = 0, and adding another 1 gives 1.",
    ),
    entry(
        "markdown-table",
        "What is the acceleration of this cart, and how far does it get in the three seconds?\n\n```markdown\n| t (s) | v (m/s) |\n|---:|---:|\n| 0 | 0 |\n| 1 | 3 |\n| 2 | 6 |\n| 3 | 9 |\n```",
        "The speed grows by 3 metres per second in each second, so the acceleration is 3 m/s^2. The mean speed is 4.5 m/s, and in three seconds the cart gets 13.5 metres far.",
    ),
    entry(
        "yaml",
        "These two carts stick together when they meet. How fast are they afterwards, and how much energy of motion is lost?\n\n```yaml\ncarts:\n  - mass_kg: 1\n    speed_m_s: 4\n  - mass_kg: 1\n    speed_m_s: 0\n```",
        "Momentum stays 4 kg m/s, so the two together move at 2 m/s. The energy falls from 8 joules to 4 joules; half of it is lost.",
    ),
    entry(
        "log-lines",
        "Each line adds its value to a counter that begins at 0. What does it show in the end, and which line adds most?\n\n```log\n2031-03-07T10:00:01Z INFO counter value=1\n2031-03-07T10:00:02Z INFO counter value=1\n2031-03-07T10:00:03Z WARN counter value=3\n```",
        "The counter shows 1 + 1 + 3 = 5. The last line, the warning, adds most.",
    ),
];
