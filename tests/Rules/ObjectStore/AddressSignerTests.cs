using System.Security.Cryptography;
using GifShare.ObjectStore;

namespace GifShare.Rules.Tests.ObjectStore;

public sealed class AddressSignerTests
{
    const string Key = "00ffab0000000001deadbeef00000000deadbeef00000000deadbeef00000000.gif";
    static readonly DateTimeOffset Start = new(2026, 11, 20, 10, 15, 0, TimeSpan.Zero);
    readonly AddressSigner signer = new(new byte[32]);

    bool Verify(string address, DateTimeOffset now) =>
        signer.TryVerify(address.Split('?')[0]["/media/".Length..], address.Split("?a=")[1], now, out _, out _);

    [Fact]
    public void One_window_one_address()
    {
        var first = signer.Sign(Key, "gif", Start);
        Assert.Equal(first, signer.Sign(Key, "gif", Start.AddMinutes(15).AddTicks(-1)));
        Assert.NotEqual(first, signer.Sign(Key, "gif", Start.AddMinutes(15)));
        Assert.Equal(Start.AddMinutes(15), AddressSigner.WindowEnd(Start));
        Assert.Equal(Start.AddMinutes(15), AddressSigner.WindowEnd(Start.AddMinutes(15).AddTicks(-1)));
        Assert.Equal(first, signer.Sign(Key, "gif", Start.ToOffset(TimeSpan.FromHours(5.5))));
        Assert.InRange(first.Length, 100, 130);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14.999)]
    public void An_address_lives_to_the_end_of_the_next_window(double minutes)
    {
        var address = signer.Sign(Key, "gif", Start.AddMinutes(minutes));
        Assert.True(Verify(address, Start.AddMinutes(minutes)));
        Assert.True(Verify(address, Start.AddMinutes(30).AddTicks(-1)));
        Assert.False(Verify(address, Start.AddMinutes(30)));
        Assert.False(Verify(address, Start.AddYears(1)));
        Assert.True(Verify(address, Start.AddMinutes(-1)), "a signer whose clock is a little ahead");
        Assert.False(Verify(address, Start.AddMinutes(-16)));
        Assert.Equal(Start.AddMinutes(30), AddressSigner.Expiry(Start.AddMinutes(minutes)));
    }

    [Fact]
    public void Scope_and_expiry_come_back()
    {
        var scope = Guid.NewGuid().ToString();
        var signature = signer.Sign(Key, scope, Start).Split("?a=")[1];
        Assert.True(signer.TryVerify(Key, signature, Start, out var found, out var expires));
        Assert.Equal((scope, Start.AddMinutes(30)), (found, expires));
    }

    [Fact]
    public void No_changed_character_passes()
    {
        var signature = signer.Sign(Key, "gif", Start).Split("?a=")[1];
        for (var i = 0; i < signature.Length; i++)
        {
            foreach (var c in "A0z-_.9 %\0é")
            {
                if (c != signature[i])
                    Assert.False(signer.TryVerify(Key, signature[..i] + c + signature[(i + 1)..], Start, out _, out _));
            }
            Assert.False(signer.TryVerify(Key, signature[..i], Start, out _, out _));
        }
        Assert.False(signer.TryVerify(Key.Replace("gif", "png"), signature, Start, out _, out _));
        Assert.False(signer.TryVerify(null, signature, Start, out _, out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("gif.99999999999999999999999.AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("gif.-1.AAAAAAAAAAAAAAAAAAAAAA")]
    public void Malformed_is_false(string? signature) => Assert.False(signer.TryVerify(Key, signature, Start, out _, out _));

    [Fact]
    public void Another_master_key_ends_all_addresses()
    {
        var signature = signer.Sign(Key, "gif", Start).Split("?a=")[1];
        Assert.False(new AddressSigner(RandomNumberGenerator.GetBytes(32)).TryVerify(Key, signature, Start, out _, out _));
        Assert.Throws<ArgumentException>(() => new AddressSigner(new byte[16]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    public void A_scope_is_plain_text(string scope) => Assert.Throws<ArgumentException>(() => signer.Sign(Key, scope, Start));
}
