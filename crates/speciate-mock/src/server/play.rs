//! Does to a connection what a fault has planned.

use std::io;
use std::time::Duration;

use super::connection::Connection;
use crate::fault::{End, Play, Step};
use crate::http::After;

impl Connection {
    /// Plays the steps; after a client that left there is nothing more to do.
    pub(super) async fn play(&mut self, play: Play) -> io::Result<After> {
        for step in play.steps {
            match step {
                Step::Send(bytes) => self.send(&bytes).await?,
                Step::Drip(bytes) => self.drip(&bytes).await?,
                Step::Hang => self.hang().await?,
                Step::Flood(bytes, times) => {
                    for _ in 0..times {
                        self.send(&bytes).await?;
                    }
                }
            }
        }
        match play.end {
            End::KeepAlive => Ok(After::KeepAlive),
            End::Close => Ok(After::Close),
            End::Reset => {
                self.stream.set_zero_linger()?;
                // An error ends the connection without the orderly FIN, so dropping it sends RST.
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
    }

    async fn drip(&mut self, bytes: &[u8]) -> io::Result<()> {
        let pause = Duration::from_millis(self.shared.config.faults.drip_ms);
        for byte in bytes {
            self.send(&[*byte]).await?;
            self.while_connected(tokio::time::sleep(pause)).await?;
        }
        Ok(())
    }

    async fn hang(&mut self) -> io::Result<()> {
        let longest = Duration::from_millis(self.shared.config.faults.hang_ms);
        self.while_connected(tokio::time::sleep(longest)).await
    }
}
