using System.Globalization;
using System.Text;
using GifShare.ApiFrontend.Collections;

namespace GifShare.Rules.Tests.Collections;

public sealed class FileNamesTests
{
    [Theory]
    [InlineData("Große Katze", "Große-Katze")]
    [InlineData("日本語 のタイトル", "日本語-のタイトル")]
    [InlineData("ملف جديد", "ملف-جديد")]
    [InlineData("می‌خواهم", "می‌خواهم")]
    [InlineData("👨‍👩‍👧 at home 😀", "👨‍👩‍👧-at-home-😀")]
    [InlineData("a/b\\c:d*e?f\"g<h>i|j", "a-b-c-d-e-f-g-h-i-j")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData(" .hidden. ", "hidden")]
    [InlineData("v1.2 final...", "v1.2-final")]
    [InlineData("\u202egif.exe\u0000\u0007", "gif.exe")]
    [InlineData("half \ud83d pair", "half-pair")]
    [InlineData("a\r\n\tb", "a-b")]
    [InlineData("CON", "_CON")]
    [InlineData("nul.txt", "_nul.txt")]
    [InlineData("Com1", "_Com1")]
    [InlineData("LPT²", "_LPT²")]
    [InlineData("Constance", "Constance")]
    [InlineData("???", null)]
    [InlineData(" . ", null)]
    [InlineData("\u200d", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Letters_stay_and_every_system_can_write_it(string? text, string? expected) => Assert.Equal(expected, FileNames.Of(text));

    [Fact]
    public void A_long_one_is_cut_between_characters_as_people_see_them()
    {
        const string family = "👨‍👩‍👧";
        var name = FileNames.Of(string.Concat(Enumerable.Repeat(family, 60)))!;
        Assert.Equal(180 / Encoding.UTF8.GetByteCount(family), new StringInfo(name).LengthInTextElements);
        Assert.Equal(new string('ß', 90), FileNames.Of(new string('ß', 200)));
        // One character that is longer than all of it.
        var towering = FileNames.Of("a" + new string('\u0301', 300))!;
        Assert.InRange(Encoding.UTF8.GetByteCount(towering), 170, 180);
    }

    [Theory]
    [InlineData("Kätzchen.final.GIF", "Kätzchen.final")]
    [InlineData("nul.gif", "_nul")]
    [InlineData(".gif", null)]
    [InlineData(null, null)]
    public void A_files_ending_is_not_part_of_its_name(string? fileName, string? expected) => Assert.Equal(expected, FileNames.OfFile(fileName));
}
