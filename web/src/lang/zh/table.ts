/** 可排序、可筛选的表格。 */
import type { In } from "$/lang/parts";

export const table: In<"table"> = {
  "table.search": "搜索",
  "table.rows": "共 {num} 行",
  "table.found": "{all} 行中有 {num} 行",
  "table.sortBy": "排序方式",
  "table.unsorted": "默认顺序",
  "table.columns": "列",
  "table.reset": "恢复默认列",
  "table.csv": "复制为 CSV",
  "table.mark": "选择 {name}",
  "table.markAll": "选择所有行",
  "table.more": "显示更多（还有 {num} 行）",
  "table.empty": "没有符合条件的行。",
};
