"""The course as data: chapters, computed numbers, and a question that checks an answer."""

from convscope.lessons import load_chapter, load_course

for chapter in load_course("en").chapters:
    print(f"{chapter.number:>2}  {chapter.title} ({chapter.minutes} minutes)")

chapter = load_chapter("convolution", "en")
print(f"\n{chapter.title}: {chapter.summary}")
for block in chapter.blocks:
    if block.kind == "figure":
        print(f"  figure {block.id}: {block.command}")
    elif block.kind == "question":
        print(f"  question {block.id}: the answer is {block.answer}")
