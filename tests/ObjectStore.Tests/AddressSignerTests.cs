using System.Security.Cryptography;

namespace GifShare.ObjectStore.Tests;

public sealed class AddressSignerTests
{
    const string Key = "00ffab0000000001deadbeef00000000deadbeef00000000deadbeef00000000.gif";
    static readonly DateTimeOffset s_start = new(2026, 11, 20, 10, 15, 0, TimeSpan.Zero);
    readonly AddressSigner _signer = new(new byte[32]);

    bool Verify(string address, DateTimeOffset now) =>
        _signer.TryVerify(address.Split('?')[0]["/media/".Length..], address.Split("?a=")[1], now, out _, out _);

    [Fact]
    public void One_window_one_address()
    {
        var first = _signer.Sign(Key, "gif", s_start);
        Assert.Equal(first, _signer.Sign(Key, "gif", s_start.AddMinutes(15).AddTicks(-1)));
        Assert.NotEqual(first, _signer.Sign(Key, "gif", s_start.AddMinutes(15)));
        Assert.Equal(s_start.AddMinutes(15), AddressSigner.WindowEnd(s_start));
        Assert.Equal(s_start.AddMinutes(15), AddressSigner.WindowEnd(s_start.AddMinutes(15).AddTicks(-1)));
        Assert.Equal(first, _signer.Sign(Key, "gif", s_start.ToOffset(TimeSpan.FromHours(5.5))));
        Assert.InRange(first.Length, 100, 130);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14.999)]
    public void An_address_lives_to_the_end_of_the_next_window(double minutes)
    {
        var address = _signer.Sign(Key, "gif", s_start.AddMinutes(minutes));
        Assert.True(Verify(address, s_start.AddMinutes(minutes)));
        Assert.True(Verify(address, s_start.AddMinutes(30).AddTicks(-1)));
        Assert.False(Verify(address, s_start.AddMinutes(30)));
        Assert.False(Verify(address, s_start.AddYears(1)));
        Assert.True(Verify(address, s_start.AddMinutes(-1)), "a signer whose clock is a little ahead");
        Assert.False(Verify(address, s_start.AddMinutes(-16)));
        Assert.Equal(s_start.AddMinutes(30), AddressSigner.Expiry(s_start.AddMinutes(minutes)));
    }

    [Fact]
    public void Scope_and_expiry_come_back()
    {
        var scope = Guid.NewGuid().ToString();
        var signature = _signer.Sign(Key, scope, s_start).Split("?a=")[1];
        Assert.True(_signer.TryVerify(Key, signature, s_start, out var found, out var expires));
        Assert.Equal((scope, s_start.AddMinutes(30)), (found, expires));
    }

    [Fact]
    public void No_changed_character_passes()
    {
        var signature = _signer.Sign(Key, "gif", s_start).Split("?a=")[1];
        for (var i = 0; i < signature.Length; i++)
        {
            foreach (var c in "A0z-_.9 %\0é")
            {
                if (c != signature[i])
                    Assert.False(_signer.TryVerify(Key, signature[..i] + c + signature[(i + 1)..], s_start, out _, out _));
            }
            Assert.False(_signer.TryVerify(Key, signature[..i], s_start, out _, out _));
        }
        Assert.False(_signer.TryVerify(Key.Replace("gif", "png"), signature, s_start, out _, out _));
        Assert.False(_signer.TryVerify(null, signature, s_start, out _, out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("gif.99999999999999999999999.AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("gif.-1.AAAAAAAAAAAAAAAAAAAAAA")]
    public void Malformed_is_false(string? signature) => Assert.False(_signer.TryVerify(Key, signature, s_start, out _, out _));

    [Fact]
    public void Another_master_key_ends_all_addresses()
    {
        var signature = _signer.Sign(Key, "gif", s_start).Split("?a=")[1];
        Assert.False(new AddressSigner(RandomNumberGenerator.GetBytes(32)).TryVerify(Key, signature, s_start, out _, out _));
        Assert.Throws<ArgumentException>(() => new AddressSigner(new byte[16]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    public void A_scope_is_plain_text(string scope) => Assert.Throws<ArgumentException>(() => _signer.Sign(Key, scope, s_start));
}
